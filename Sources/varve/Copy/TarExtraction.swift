import Glibc
import Linux
import Model
import Subprocess
import SystemPackage

/// Unpacks a tar stream with `tar`, which refuses paths and links that lead out of where it unpacks.
enum TarExtraction {
    /// - Parameter feed: writes the stream to the function it is given.
    /// - Throws: `output-failed` naming `destination`; what `feed` throws.
    static func run(
        to destination: String, feed: (_ write: ([UInt8]) async throws -> Void) async throws -> Void
    ) async throws {
        if isDirectory(destination) { return try await unpack(into: destination, feed) }
        // Under its final name nothing is seen of a copy that fails half-way.
        let scratch = try makeScratch(beside: destination)
        defer { try? Directory(opening: parent(of: destination)).removeTree(name(of: scratch)) }
        try await unpack(into: scratch, feed)
        let names = try listing(scratch)
        guard names.count == 1, let name = names.first else {
            throw Failure(
                .outputFailed, "the copy holds \(names.count) entries, not one",
                fix: "name a directory that exists as the destination")
        }
        // SAFETY: both paths are C strings for the time of the call.
        guard unsafe rename(scratch + "/" + name, destination) == 0 else {
            throw failed(destination, Errno(rawValue: errno))
        }
    }

    private static func unpack(
        into directory: String, _ feed: (([UInt8]) async throws -> Void) async throws -> Void
    ) async throws {
        let words: String?
        do {
            let outcome = try await Subprocess.run(
                .name("tar"),
                // For root, tar keeps setuid bits: a step's program would become one of root's.
                arguments: ["-x", "-f", "-", "-C", directory, "--no-same-owner", "--no-same-permissions"],
                input: .inputWriter, output: .discarded, error: .string(limit: 4096)
            ) { execution in
                let writer = execution.standardInputWriter
                do {
                    try await feed { bytes in _ = try await writer.write(bytes) }
                } catch is SubprocessError {
                    // What tar has against it, it says itself.
                }
                try? await writer.finish()
            }
            guard !outcome.terminationStatus.isSuccess else { return }
            words = outcome.standardError.split(separator: "\n").first.map(String.init)
        } catch let error as SubprocessError {
            throw Failure(
                .outputFailed, "the copy cannot be unpacked by tar: \(error)",
                fix: "see that ‘tar’ is installed and in PATH, or have the archive with - as the destination")
        }
        throw Failure(
            .outputFailed, "the copy cannot be written to \(directory): \(words ?? "tar failed")",
            fix: "make space, or choose a directory you can write to")
    }

    private static func isDirectory(_ path: String) -> Bool { (try? Directory(opening: path)) != nil }

    private static func parent(of path: String) -> String {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        guard let first = parts.first else { return "." }
        return parts.count == 1 && first.isEmpty ? "/" : parts.joined(separator: "/")
    }

    private static func name(of path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }

    private static func makeScratch(beside destination: String) throws -> String {
        var template = Array((parent(of: destination) + "/.varve-cp-XXXXXX").utf8CString)
        // SAFETY: the template is NUL-terminated, and the call changes it in place.
        guard let path = unsafe mkdtemp(&template) else { throw failed(destination, Errno(rawValue: errno)) }
        return unsafe String(cString: path)
    }

    private static func listing(_ directory: String) throws -> [String] {
        do throws(Errno) {
            return try Directory(opening: directory).entryNames().map { String(decoding: $0, as: UTF8.self) }
        } catch {
            throw failed(directory, error)
        }
    }

    private static func failed(_ path: String, _ error: Errno) -> Failure {
        Failure(
            .outputFailed, "the copy cannot be written to \(path): \(error)",
            fix: "choose a place whose directory exists and that you can write to")
    }
}

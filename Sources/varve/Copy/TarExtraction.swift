import Glibc
import Linux
import Model
import Subprocess
import SystemPackage

/// Unpacks a tar stream with `tar`, which refuses paths and links that lead out of where it unpacks.
enum TarExtraction {
    /// Puts what the stream has into the directory `destination`; where there is none, the one entry of the stream gets
    /// that name, or a new directory of that name the content.
    ///
    /// - Parameters:
    ///   - isContent: whether the stream has what is in a directory, under no name of its own.
    ///   - feed: writes the stream to the function it is given.
    /// - Throws: `output-failed` naming `destination`; what `feed` throws.
    static func run(
        to destination: String, isContent: Bool,
        feed: (_ write: ([UInt8]) async throws -> Void) async throws -> Void
    ) async throws {
        if let directory = try? Directory(opening: destination) {
            return try await unpack(into: directory, as: destination, leavingIt: isContent, feed)
        }
        let parent = try writing(to: destination) { () throws(Errno) in
            try Directory(opening: self.parent(of: destination))
        }
        // Under its final name nothing is seen of a copy that fails half-way.
        let scratch = ".varve-cp-\(UInt64.random(in: 0...UInt64.max))"
        let folder = try writing(to: destination) { () throws(Errno) in
            try parent.createDirectory(scratch)
            return try parent.openDirectory(scratch)
        }
        defer { try? parent.removeTree(scratch) }
        try await unpack(into: folder, as: destination, feed)
        let entry = isContent ? nil : try onlyEntry(of: folder)
        do throws(Errno) {
            guard let entry else { return try parent.rename(scratch, as: name(of: destination)) }
            if destination.hasSuffix("/"), try folder.status(entry).kind != .directory { throw .notDirectory }
            try folder.rename(entry, to: parent, as: name(of: destination))
        } catch .notDirectory, .isDirectory {
            throw Failure(
                .outputFailed, "of the copy and \(destination) one is a directory, and the other is none",
                fix: "name a directory that exists, or a place where there is nothing yet")
        } catch {
            throw failed(destination, error)
        }
    }

    private static func writing<Value: ~Copyable>(
        to destination: String, _ body: () throws(Errno) -> Value
    ) throws -> Value {
        do throws(Errno) {
            return try body()
        } catch {
            throw failed(destination, error)
        }
    }

    private static func onlyEntry(of directory: borrowing Directory) throws -> [UInt8] {
        let names = try directory.entryNames()
        guard names.count == 1, let name = names.first else {
            throw Failure(
                .outputFailed, "the copy holds \(names.count) entries, not one",
                fix: "name a file, a link or a directory as the source: sockets are not copied")
        }
        return name
    }

    /// - Parameter leavingIt: whether the entry `./`, with which a stream of content begins, is left out: it would give the
    ///   directory the mode and times of the one that is copied, or fail for who may write there but does not own it.
    private static func unpack(
        into directory: borrowing Directory, as destination: String, leavingIt: Bool = false,
        _ feed: (([UInt8]) async throws -> Void) async throws -> Void
    ) async throws {
        // The directory that was opened, whatever has its name by now.
        let place = "/proc/\(getpid())/fd/\(directory.raw)"
        // For root, tar keeps setuid bits: a step's program would become one of root's.
        var arguments = ["-x", "-f", "-", "-C", place, "--no-same-owner", "--no-same-permissions"]
        // The other names of a stream do not begin with a dot and a slash.
        if leavingIt { arguments += ["--anchored", "--exclude=."] }
        let words: String?
        do {
            let outcome = try await Subprocess.run(
                .name("tar"),
                arguments: Arguments(arguments),
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
            .outputFailed, "the copy cannot be written to \(destination): \(words ?? "tar failed")",
            fix: "make space, or choose a directory you can write to")
    }

    /// Without slashes at its end, which say that it is to be a directory.
    private static func parts(of path: String) -> [Substring] {
        var parts = path.split(separator: "/", omittingEmptySubsequences: false)
        while parts.count > 1, parts.last?.isEmpty == true { parts.removeLast() }
        return parts
    }

    private static func parent(of path: String) -> String {
        let parts = parts(of: path).dropLast()
        guard let first = parts.first else { return "." }
        return parts.count == 1 && first.isEmpty ? "/" : parts.joined(separator: "/")
    }

    private static func name(of path: String) -> String { parts(of: path).last.map(String.init) ?? path }

    private static func failed(_ path: String, _ error: Errno) -> Failure {
        Failure(
            .outputFailed, "the copy cannot be written to \(path): \(error)",
            fix: "choose a place whose directory exists and that you can write to")
    }
}

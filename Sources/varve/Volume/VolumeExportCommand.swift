import ArgumentParser
import Client
import Linux
import Model
import NIOCore
import SystemPackage

/// `varve volume export`: a version as a tar archive packed with Zstandard.
struct VolumeExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write a version of a cache volume to a tar.zst archive.")

    @OptionGroup var which: VolumeArguments

    @Argument(
        help: ArgumentHelp("Where it goes; - for standard output.", valueName: "file"), completion: .file())
    var file: String

    @Option(
        name: .customLong("version-id"),
        help: ArgumentHelp("Which version (default: the newest).", valueName: "id"))
    var version: String?

    @OptionGroup(title: "Global options") var global: GlobalOptions

    func run() async throws {
        let (name, workspace) = (try which.name, try which.workspace)
        guard file != "-" else {
            return try await global.client.exportVolume(name, of: workspace, version: version) { buffer in
                try StandardStream.output.write(Array(buffer.readableBytesView))
            }
        }
        let target = try ExportTarget(file)
        do {
            try await global.client.exportVolume(name, of: workspace, version: version) { buffer in
                try target.write(Array(buffer.readableBytesView))
            }
            try target.finish()
        } catch {
            target.discard()
            throw error
        }
    }
}

/// A file that gets its name when it is whole.
private final class ExportTarget {
    private let path: String
    private let directory: Directory
    private let name: String
    private let temporary: String
    private let file: Descriptor

    init(_ path: String) throws {
        self.path = path
        let place = FilePath(path)
        guard let name = place.lastComponent?.string else {
            throw UsageProblem("‘\(path)’ is no file", fix: "name the archive, such as npm.tar.zst")
        }
        let folder = place.removingLastComponent().string
        self.name = name
        temporary = ".\(name).\(String(UInt64.random(in: .min ... .max), radix: 36))"
        do {
            directory = try Directory(opening: folder.isEmpty ? "." : folder)
            file = try directory.createFile(temporary)
        } catch {
            throw UsageProblem("‘\(path)’ can't be written: \(error)", fix: "name a file you may write")
        }
    }

    func write(_ bytes: [UInt8]) throws {
        do {
            try file.writeAll(bytes)
        } catch {
            throw failed(error)
        }
    }

    func finish() throws {
        do {
            try directory.rename(temporary, as: name)
        } catch {
            throw failed(error)
        }
    }

    func discard() { try? directory.remove(temporary) }

    private func failed(_ error: Errno) -> Failure {
        Failure(
            .outputFailed, "\(path) can't be written: \(error)", fix: "check its directory and the space left"
        )
    }
}

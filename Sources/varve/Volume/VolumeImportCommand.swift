import API
import ArgumentParser
import Client
import Linux
import Model
import NIOCore
import SystemPackage

/// `varve volume import`: a version out of an exported one.
struct VolumeImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Make a version of a cache volume from an exported tar.zst archive.")

    @OptionGroup var which: VolumeArguments

    @Argument(
        help: ArgumentHelp("The archive; - for standard input.", valueName: "file"), completion: .file())
    var file: String

    @OptionGroup(title: "Global options") var global: GlobalOptions

    func run() async throws {
        let chunks = try file == "-" ? StandardInput.chunk : Self.chunks(of: file)
        let volume = try await global.client.importVolume(
            try which.name, of: try which.workspace, archive: chunks)
        switch global.format {
        case .json: try JSONOutput.write(volume)
        case .human:
            let version = volume.versions.first
            try StandardStream.output.writeLine("\(volume.name) \(version?.id ?? "")")
        }
    }

    private static func chunks(of path: String) throws -> @Sendable () async throws -> ByteBuffer? {
        let file: Descriptor
        do {
            file = try Descriptor.openFile(path)
        } catch {
            throw unreadable(path, error)
        }
        let source = ArchiveFile(file)
        return {
            let bytes = try await onBlockingThread { () throws -> [UInt8] in
                do throws(Errno) {
                    return try source.file.read(upTo: 1 << 18)
                } catch {
                    throw Self.unreadable(path, error)
                }
            }
            return bytes.isEmpty ? nil : ByteBuffer(bytes: bytes)
        }
    }

    private static func unreadable(_ path: String, _ error: Errno) -> UsageProblem {
        UsageProblem(
            "the archive ‘\(path)’ can't be read: \(error)",
            fix: "name a file that ‘varve volume export’ has written")
    }
}

/// An open file with several owners.
private final class ArchiveFile: Sendable {
    let file: Descriptor

    init(_ file: consuming Descriptor) { self.file = file }
}

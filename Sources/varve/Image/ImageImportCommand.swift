import API
import ArgumentParser
import Client
import Linux
import Model
import NIOCore

/// `varve image import`: brings a root file system into the store.
struct ImageImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Bring an image into the store.")

    @Argument(help: "The name that pipelines call it by, such as debian:bookworm.")
    var name: String

    @Argument(
        help: "A directory, oci:PATH[:TAG], docker-archive:PATH, docker://REF, or - for a tar stream.",
        completion: .directory)
    var source: String

    @OptionGroup(title: "Global options") var global: GlobalOptions

    func run() async throws {
        let name = try ResourceName(name, kind: "image")
        let client = global.client
        let source = try ImageSource(argument: source)
        var output = ImportProgressOutput(style: global.style(for: .error))
        let image: Wire.Image
        do {
            if source == .stream {
                image = try await client.importImage(
                    name: name, tar: StandardInput.chunk, progress: { output.show($0) })
            } else {
                image = try await client.importImage(
                    name: name, source: try source.absolute().description, progress: { output.show($0) })
            }
        } catch {
            output.end()
            throw error
        }
        output.end()
        switch global.format {
        case .json: try JSONOutput.write(image)
        case .human: try StandardStream.output.writeLine("\(image.name) \(image.digest)")
        }
    }
}

/// Standard input as a stream of chunks.
enum StandardInput {
    /// The next chunk; nil at the end. Throws `UsageProblem` where it can't be read.
    static let chunk: @Sendable () async throws -> ByteBuffer? = {
        let bytes = try await onBlockingThread {
            // Another descriptor, so that closing it leaves standard input open.
            let input = Descriptor(adopting: 0)
            let bytes = Result { try input.read(upTo: 1 << 18) }
            _ = input.release()
            return try bytes.mapError { error in
                UsageProblem(
                    "standard input can't be read: \(error)", fix: "pipe the archive in, or redirect a file")
            }.get()
        }
        return bytes.isEmpty ? nil : ByteBuffer(bytes: bytes)
    }
}

extension ImageSource {
    /// - Throws: `UsageProblem` for no source at all; `bad-name` for a reference that is none.
    init(argument: String) throws {
        do throws(Failure) {
            self = try ImageSource(argument)
        } catch {
            guard error.code == .badRequest else { throw error }
            throw UsageProblem(error.detail, fix: error.fix)
        }
    }

    /// The source with its path made absolute, as the daemon does not share this process's directory.
    ///
    /// - Throws: `UsageProblem` for a path that is not there.
    func absolute() throws -> ImageSource {
        switch self {
        case .directory(let path): .directory(path: try Self.absolute(path))
        case .dockerArchive(let path): .dockerArchive(path: try Self.absolute(path))
        case .ociLayout(let path, let tag): .ociLayout(path: try Self.withoutColon(path), tag: tag)
        case .registry, .stream: self
        }
    }

    private static func withoutColon(_ path: String) throws -> String {
        let absolute = try absolute(path)
        guard !absolute.contains(":") else {
            throw UsageProblem(
                "the path ‘\(absolute)’ has a colon, behind which oci: expects the tag",
                fix: "name the layout by a path without a colon")
        }
        return absolute
    }

    private static func absolute(_ path: String) throws -> String {
        let real: RealPath
        do {
            real = try RealPath.of(path)
        } catch is UsageProblem {
            throw UsageProblem(
                "there is nothing at ‘\(path)’",
                fix: "name a directory, oci:PATH[:TAG], docker-archive:PATH, docker://REF, or -")
        }
        return real.text
    }
}

/// Shows on a terminal how far an import is.
struct ImportProgressOutput {
    private let style: Style
    private var region = LiveRegion()

    init(style: Style) {
        self.style = style
    }

    mutating func show(_ progress: Wire.ImportProgress) {
        guard StandardStream.error.isTerminal else { return }
        let amount = ByteSize(bytes: progress.bytes).description
        let total = progress.total.map { " of \(ByteSize(bytes: $0))" } ?? ""
        let text = " \(progress.phase.rawValue): \(amount)\(total)"
        let line = DisplayText.fit(
            DisplayText.oneLine(text), StandardStream.error.size.columns - 1, ellipsis: style.ellipsis)
        try? StandardStream.error.write(region.draw([style.dim(line)]))
    }

    mutating func end() { try? StandardStream.error.write(region.erase()) }
}

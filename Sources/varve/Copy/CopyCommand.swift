import API
import ArgumentParser
import Client
import Model
import NIOCore

/// `varve cp`: copies out of a step's result.
struct CopyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cp", abstract: "Copy a file or directory out of a step's result.",
        discussion: """
            The source is [RUN/]STEP:PATH, by default of the workspace's last run; a relative PATH starts at \
            /workspace. A DEST that is a directory gets the copy inside it, and where there is none the copy gets \
            that name; of a directory's PATH/. only the content is copied. - writes a tar stream to standard \
            output.
            """)

    @Argument(
        help: ArgumentHelp(
            "Such as test:coverage/ or 0123456789abcdef/build:/etc/os-release.", valueName: "step:path"))
    var source: String

    @Argument(help: "Where the copy goes.", completion: .file())
    var dest: String

    @OptionGroup var workspace: WorkspaceArguments
    @OptionGroup(title: "Global options") var global: GlobalOptions

    func run() async throws {
        let client = global.client
        let source = try CopySource(source)
        let run = try await workspace.run(source.run, client)
        let (step, path) = try source.resolve(in: run)
        guard let snapshot = step.snapshot else { throw step.leftNothing(in: run.id) }
        if dest == "-" {
            return try await client.files(of: snapshot, path: path, revision: run.revision) { buffer in
                try StandardStream.output.write(Array(buffer.readableBytesView))
            }
        }
        try await TarExtraction.run(to: dest, isContent: CopySource.isContent(path)) { write in
            try await client.files(of: snapshot, path: path, revision: run.revision) { buffer in
                try await write(Array(buffer.readableBytesView))
            }
        }
    }
}

extension Wire.RunStep {
    /// Nothing can be copied out of it.
    func leftNothing(in run: String) -> Failure {
        let remedy =
            switch status {
            case nil: "wait until it has ended"
            case .failed, .timedOut, .error: "look at what is left of it with: varve shell \(run)/\(step)"
            case .passed, .cacheHit, .skipped, .cancelled: "run it again"
            }
        return Failure(.notFound, "step \(step) of run \(run) left no result behind", fix: remedy)
    }
}

/// `[RUN/]STEP:PATH`, where a step's key may itself have colons.
struct CopySource: Hashable {
    let run: String?
    private let rest: String

    /// - Throws: `UsageProblem` for text without a colon, a step or a path.
    init(_ text: String) throws(UsageProblem) {
        guard let colon = text.firstIndex(of: ":") else { throw CopySource.problem(text) }
        var rest = text[...]
        if let slash = text.firstIndex(of: "/"), slash < colon {
            run = String(text[..<slash])
            rest = text[text.index(after: slash)...]
        } else {
            run = nil
        }
        self.rest = String(rest)
        guard !candidates.isEmpty, run != "" else { throw CopySource.problem(text) }
    }

    /// The step and the path meant, with the longest key that is a step of `run`.
    ///
    /// - Throws: `not-found`.
    func resolve(in run: Wire.Run) throws(Failure) -> (step: Wire.RunStep, path: String) {
        let known = Set((run.steps ?? []).map(\.step))
        let candidates = candidates
        guard let chosen = candidates.last(where: { known.contains($0.key) }) ?? candidates.first else {
            throw Failure(.notFound, "‘\(rest)’ names no step", fix: "write [RUN/]STEP:PATH")
        }
        return (try run.step(chosen.key), chosen.path)
    }

    /// Whether the copy is of what is in a directory, and so has no name of its own: by a `.` at the path's end, and of
    /// the workspace or the root itself.
    static func isContent(_ path: String) -> Bool {
        let parts = path.split(separator: "/")
        let names = parts.filter { $0 != "." }
        return parts.last == "." || names.isEmpty
            || path.hasPrefix("/") && "/" + names.joined(separator: "/") == StepPath.usualWorkspace.text
    }

    /// Every way to read it, the shortest key first.
    private var candidates: [(key: StepKey, path: String)] {
        rest.indices.filter { rest[$0] == ":" }.compactMap { colon in
            let path = rest[rest.index(after: colon)...]
            guard !path.isEmpty, let key = StepKey(String(rest[..<colon])) else { return nil }
            return (key, String(path))
        }
    }

    private static func problem(_ text: String) -> UsageProblem {
        UsageProblem(
            "‘\(text)’ names no file of a step", fix: "write [RUN/]STEP:PATH, such as test:coverage/")
    }
}

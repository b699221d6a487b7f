import API
import ArgumentParser
import Client
import Linux
import Model

/// A step as commands name it: `[RUN/]KEY`, by default of the workspace's last run.
struct StepReference: Hashable, ExpressibleByArgument {
    let run: String?
    let key: StepKey

    init?(argument: String) {
        let parts = argument.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let last = parts.last, let key = StepKey(String(last)), parts.count == 1 || !parts[0].isEmpty
        else { return nil }
        self.key = key
        run = parts.count == 2 ? String(parts[0]) : nil
    }
}

/// Which workspace's last run is meant.
struct WorkspaceArguments: ParsableArguments {
    @Option(
        name: [.customShort("d"), .customLong("directory")],
        help: ArgumentHelp("The workspace's directory.", valueName: "dir"), completion: .directory)
    var directory = "."

    @Option(
        help: ArgumentHelp(
            "The workspace's name (default: made from the directory's path).", valueName: "name"))
    var workspace: String?

    /// - Throws: `UsageProblem`; `bad-name`.
    func name() throws -> ResourceName {
        try WorkspaceChoice.name(given: workspace, path: try RealPath.of(directory))
    }

    /// The run called `id`, else the workspace's last.
    ///
    /// - Throws: `not-found`.
    func run(_ id: String?, _ client: VarveClient) async throws -> Wire.Run {
        if let id { return try await client.run(id) }
        let name = try name()
        let last = try await client.runs(
            VarveClient.Filter(workspace: name.text), VarveClient.Part(limit: 1))
        guard let run = last.items.first else {
            throw Failure(
                .notFound, "workspace \(name) has no run",
                fix: "run a pipeline first, or name a run: ‘varve runs’ lists them")
        }
        return try await client.run(run.id)
    }
}

extension Wire.Run {
    /// What became of the step `key`.
    ///
    /// - Throws: `not-found`, naming the steps there are.
    func step(_ key: StepKey) throws(Failure) -> Wire.RunStep {
        let steps = steps ?? []
        if let step = steps.first(where: { $0.step == key }) { return step }
        let known = steps.prefix(20).map(\.step.text).joined(separator: ", ")
        throw Failure(.notFound, "run \(id) has no step ‘\(key)’", fix: "name one of \(known)")
    }
}

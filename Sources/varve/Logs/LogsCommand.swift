import API
import ArgumentParser
import Client
import Model

/// `varve logs`: what the steps of a run wrote. For a hit: what the run wrote that made the snapshot,
/// labelled so.
struct LogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs", abstract: "Show what a run's steps wrote.",
        discussion: "A hit shows the log of the run that made the snapshot, and says so on standard error.")

    @Argument(help: "The run's id.")
    var run: String

    @Argument(help: "Only this step.")
    var step: String?

    @Flag(
        name: [.customShort("f"), .customLong("follow")], help: "Go on until the run or the step has ended.")
    var follow = false

    @OptionGroup(title: "Global options") var global: GlobalOptions

    func run() async throws {
        let client = global.client
        let key = try await step.asyncMap { name in
            guard let key = StepKey(name) else {
                throw UsageProblem("‘\(name)’ is no step", fix: "name a step's key")
            }
            return try await client.run(run).step(key).step
        }
        let printer = LogPrinter(
            client: client, format: global.format, style: global.terminalStyle(of: .output), step: key)
        try await printer.print(
            VarveClient.EventRequest(run: run, step: key, follows: follow, isKnown: key != nil))
    }
}

extension Optional {
    /// As `map`, with a function that waits.
    fileprivate func asyncMap<Result>(
        _ transform: (Wrapped) async throws -> Result
    ) async throws -> Result? {
        if let self { try await transform(self) } else { nil }
    }
}

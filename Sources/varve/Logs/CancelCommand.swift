import ArgumentParser
import Client

/// `varve cancel`: asks for the end of a run.
struct CancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Cancel a run.",
        discussion:
            "Returns at once; ‘varve logs RUN -f’ waits for the end. A run that has ended stays as it is.")

    @Argument(help: "The run's id.")
    var run: String

    @OptionGroup(title: "Global options") var global: GlobalOptions

    func run() async throws {
        try await global.client.cancelRun(run)
    }
}

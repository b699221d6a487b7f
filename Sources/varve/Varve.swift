import API
import ArgumentParser

/// `varve`: runs pipelines through varved and looks at what it keeps.
@main
struct Varve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "varve",
        abstract: "Run cached, layered steps that always see the current workspace.",
        version: "varve \(Version.current)",
        subcommands: [
            RunCommand.self, PlanCommand.self, ExplainCommand.self, RunsCommand.self, LogsCommand.self,
            CancelCommand.self, CopyCommand.self, ShellCommand.self, ImageCommand.self, SnapshotCommand.self,
            VolumeCommand.self,
            UsageCommand.self,
            PruneCommand.self, DoctorCommand.self, HelpCommand.self,
        ])

    @OptionGroup(title: "Global options") var global: GlobalOptions

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            ProgramEnd(error).leave()
        }
    }
}

import ArgumentParser

/// `varve snapshot`: what steps left behind.
struct SnapshotCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot", abstract: "List, look into and remove snapshots.",
        subcommands: [
            SnapshotListCommand.self, SnapshotInspectCommand.self, SnapshotChangesCommand.self,
            SnapshotRemoveCommand.self,
        ])
}

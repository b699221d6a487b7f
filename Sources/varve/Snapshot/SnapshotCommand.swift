import ArgumentParser

/// `varve snapshot`: what steps left behind.
struct SnapshotCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot", abstract: "List, look into, pin and remove snapshots.",
        subcommands: [
            SnapshotListCommand.self, SnapshotInspectCommand.self, SnapshotChangesCommand.self,
            SnapshotPinCommand.self, SnapshotUnpinCommand.self, SnapshotRemoveCommand.self,
        ])
}

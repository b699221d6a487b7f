import ArgumentParser
import Client

/// `varve snapshot unpin`: lets snapshots go again.
struct SnapshotUnpinCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unpin", abstract: "Let pinned snapshots go again.")

    @Argument(help: "The snapshots' ids.")
    var snapshots: [String]

    @OptionGroup(title: "Global options") var global: GlobalOptions

    func run() async throws {
        let client = global.client
        for snapshot in snapshots { try await client.pinSnapshot(snapshot, false) }
    }
}

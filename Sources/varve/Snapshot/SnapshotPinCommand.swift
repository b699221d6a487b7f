import ArgumentParser
import Client

/// `varve snapshot pin`: keeps snapshots for good.
struct SnapshotPinCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pin", abstract: "Keep snapshots, with all they stand on, until they are unpinned.")

    @Argument(help: "The snapshots' ids.")
    var snapshots: [String]

    @OptionGroup(title: "Global options") var global: GlobalOptions

    func run() async throws {
        let client = global.client
        for snapshot in snapshots { try await client.pinSnapshot(snapshot, true) }
    }
}

import ArgumentParser
import Client

/// `varve snapshot rm`: removes snapshots.
struct SnapshotRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "rm", abstract: "Remove snapshots.")

    @Argument(help: "The snapshots' ids.")
    var snapshots: [String]

    @Flag(name: .shortAndLong, help: "Remove also the snapshots that stand on them.")
    var recursive = false

    @OptionGroup(title: "Global options") var global: GlobalOptions

    func run() async throws {
        let client = global.client
        for snapshot in snapshots { try await client.deleteSnapshot(snapshot, recursively: recursive) }
    }
}

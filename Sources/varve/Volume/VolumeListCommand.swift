import API
import ArgumentParser
import Client
import Linux
import Model

/// `varve volume list`: volumes with what they take.
struct VolumeListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List cache volumes.")

    @Option(help: ArgumentHelp("Only those of this workspace.", valueName: "name"))
    var workspace: String?

    @OptionGroup(title: "Global options") var global: GlobalOptions

    func run() async throws {
        let client = global.client
        var volumes: [Wire.Volume] = []
        try await client.everything(
            { try await client.volumes(workspace: workspace, $0) }, receive: { volumes.append($0) })
        if global.format == .json { return try volumes.forEach { try JSONOutput.write($0) } }
        let now = Timestamp(nanoseconds: SystemClock.realtime)
        var table = Table([
            ("SIZE", .right), ("VERSIONS", .right), ("LAST USED", .left), ("VOLUME", .left),
            ("WORKSPACE", .left),
        ])
        for volume in volumes {
            let used = volume.versions.map(\.usedAt.timestamp).max()
            table.add([
                ByteSize(bytes: volume.bytes).description, "\(volume.versions.count)",
                used.map { HumanText.age(of: $0, now: now) } ?? "never", volume.name,
                volume.workspace ?? "",
            ])
        }
        try table.print(global.style(for: .output))
    }
}

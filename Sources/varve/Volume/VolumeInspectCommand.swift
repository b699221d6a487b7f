import API
import ArgumentParser
import Client
import Linux
import Model

/// `varve volume inspect`: the versions of one volume, the newest first.
struct VolumeInspectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Show the versions of a cache volume, the newest first.")

    @OptionGroup var which: VolumeArguments
    @OptionGroup(title: "Global options") var global: GlobalOptions

    func run() async throws {
        let volume = try await global.client.volume(try which.name, of: try which.workspace)
        if global.format == .json { return try JSONOutput.write(volume) }
        let now = Timestamp(nanoseconds: SystemClock.realtime)
        var table = Table([
            ("VERSION", .left), ("SIZE", .right), ("MADE", .left), ("LAST USED", .left), ("STEP", .left),
            ("RUN", .left), ("OVER", .left), ("PATHS", .left), ("KEY", .left),
        ])
        for version in volume.versions {
            table.add([
                version.id, ByteSize(bytes: version.bytes).description,
                HumanText.age(of: version.createdAt.timestamp, now: now),
                HumanText.age(of: version.usedAt.timestamp, now: now),
                version.step?.text ?? "(imported)", version.run ?? "", version.over,
                version.paths.joined(separator: " "), version.key ?? "",
            ])
        }
        try table.print(global.style(for: .output))
    }
}

import ArgumentParser
import Client
import Model

/// `varve volume clear`: removes all versions of a volume.
struct VolumeClearCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clear", abstract: "Empty a cache volume: the next step begins without a version.")

    @OptionGroup var which: VolumeArguments
    @OptionGroup(title: "Global options") var global: GlobalOptions

    func run() async throws {
        try await global.client.clearVolume(try which.name, of: try which.workspace)
    }
}

import ArgumentParser
import Client
import Model

/// `varve volume rm`: removes a volume, or one of its versions.
struct VolumeRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm", abstract: "Remove a cache volume, or one version of it.")

    @OptionGroup var which: VolumeArguments

    @Option(name: .customLong("version-id"), help: ArgumentHelp("Only this version.", valueName: "id"))
    var version: String?

    @OptionGroup(title: "Global options") var global: GlobalOptions

    func run() async throws {
        try await global.client.deleteVolume(try which.name, of: try which.workspace, version: version)
    }
}

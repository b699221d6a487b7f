import ArgumentParser
import Client
import Model

/// `varve image rm`: takes a name from an image; its layers go when nothing stands on them.
struct ImageRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "rm", abstract: "Remove an image's name.")

    @Argument(help: "The image's name.")
    var name: String

    @OptionGroup(title: "Global options") var global: GlobalOptions

    func run() async throws {
        try await global.client.deleteImage(try ResourceName(name, kind: "image"))
    }
}

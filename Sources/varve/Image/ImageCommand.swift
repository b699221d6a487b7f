import ArgumentParser

/// `varve image`: base root file systems in the store.
struct ImageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "image", abstract: "Import, list and remove images.",
        subcommands: [ImageImportCommand.self, ImageListCommand.self, ImageRemoveCommand.self])
}

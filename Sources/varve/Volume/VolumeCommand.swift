import ArgumentParser
import Model

/// `varve volume`: what steps keep from one run to the next.
struct VolumeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "volume", abstract: "List, look into, remove and move cache volumes.",
        subcommands: [
            VolumeListCommand.self, VolumeInspectCommand.self, VolumeRemoveCommand.self,
            VolumeClearCommand.self, VolumeExportCommand.self, VolumeImportCommand.self,
        ])
}

/// Which volume a command is about: each workspace has its own.
struct VolumeArguments: ParsableArguments {
    @Argument(help: "The volume's name.")
    var volume: String

    @OptionGroup var place: WorkspaceArguments

    @Flag(help: "A volume of pipelines that are run without a workspace.")
    var noWorkspace = false

    var name: ResourceName {
        get throws { try ResourceName(volume, kind: "volume") }
    }

    /// Nil without one.
    var workspace: String? {
        get throws { noWorkspace ? nil : try place.name().text }
    }

    func validate() throws {
        if noWorkspace, place.workspace != nil {
            throw ValidationError("--no-workspace and --workspace contradict each other")
        }
    }
}

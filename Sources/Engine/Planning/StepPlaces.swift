import Layers
import Model

/// Where things lie inside a step.
struct StepPlaces: Hashable, Sendable {
    var workspace: StepPath
    /// Further directories on which something will be mounted.
    var others: [StepPath]

    /// As steps of runs have it.
    static let standard = StepPlaces(workspace: .usualWorkspace, others: [])

    /// What the stub layer has to provide in every image.
    var mountPoints: [MountPoint] {
        MountPoint.standard
            + ([workspace] + others).map { MountPoint($0.entry, .directory) }
    }

    /// Where a step's command starts.
    func workingDirectory(for mode: StepSpecification.WorkspaceMode) -> String {
        mode == .none ? "/" : workspace.text
    }
}

extension StepIdentity {
    var places: StepPlaces { StepPlaces(workspace: workspaceTarget, others: mountPoints) }
}

import Layers
import Model

/// Where things lie inside a step.
struct StepPlaces: Hashable, Sendable {
    /// Absolute.
    var workspace: String
    /// Absolute paths of further directories on which something will be mounted.
    var others: [String]

    /// As steps of runs have it.
    static let standard = StepPlaces(workspace: StepSpecification.usualWorkspaceTarget, others: [])

    /// What the stub layer has to provide in every image.
    var mountPoints: [MountPoint] {
        MountPoint.standard
            + ([workspace] + others).map { path in
                MountPoint(EntryPath(unchecked: Array(path.utf8.dropFirst())), .directory)
            }
    }

    /// Where a step's command starts.
    func workingDirectory(for mode: StepSpecification.WorkspaceMode) -> String {
        mode == .none ? "/" : workspace
    }
}

extension StepIdentity {
    var places: StepPlaces { StepPlaces(workspace: workspaceTarget, others: mountPoints) }
}

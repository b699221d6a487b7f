import Layers
import Model
import Sandbox

/// What a step has mounted beside its system and its workspace, decided before anything of it is made.
struct MountPlan: Sendable {
    var volumes: [StepVolume] = []
    /// What is to become of each of them.
    var uses: [VolumeUse] = []
    /// On which something else is mounted.
    var mountPoints: [StepMountPoint] = []
    /// Directories in memory.
    var temporary: [OCISpecification.Mount] = []
    /// Values of secrets, by the file's name and by the variable's.
    var secretFiles: [String: String] = [:]
    var environment: [String: String] = [:]
    /// Layers of the versions that were found, until the step itself holds them.
    var holds: [LayerHolds.Hold] = []
    /// What there is to say of it.
    var events: [Event.Kind] = []

    /// Values of secrets, wherever the step finds them.
    var secrets: [String] { Array(secretFiles.values) + environment.values }
}

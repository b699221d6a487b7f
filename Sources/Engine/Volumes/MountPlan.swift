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
}

/// A volume in a step, until that has ended: kept with the step over a restart of the daemon.
struct VolumeUse: Hashable, Sendable, Codable {
    var name: VolumeName
    var wish: VolumeChoice.Wish
    var write: VolumeMount.Keeping
    /// Why a step that could write does not.
    var isUntrusted: Bool
    /// The version it began with, and how that was found; nil for an empty beginning.
    var base: Base?

    struct Base: Hashable, Sendable, Codable {
        var version: String
        /// The oldest first.
        var layers: [LayerID]
        var created: Timestamp
        var match: VolumeChoice.Match
    }

    var hasExactKey: Bool { base?.match == .key }
}

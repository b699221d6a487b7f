package import Model
import Sandbox

/// What the operator decides about a store at work.
package struct EngineConfiguration: Sendable, Hashable {
    package var storePath: String
    /// Holds mount points, bundles and passed values; should be a tmpfs.
    package var runtimeDirectory: RuntimeDirectory
    /// The OCI runtime: a name found in PATH, or a path.
    package var runtime: String
    /// Makes `network: private` reach the outside: `slirp4netns`.
    package var networkHelper: String
    package var seccompProfile: String
    /// For roots that name no image.
    package var defaultImage: String
    /// How many steps of a run go at once unless it says otherwise.
    package var jobs: Int
    package var maximumRuns: Int
    /// How long a run goes on while nobody follows its events, unless it is detached.
    package var clientPatience: TimeSpan
    /// How many ended runs keep their events.
    package var keepRuns: Int
    /// How many revisions of a workspace keep their layers.
    package var keepRevisions: Int
    /// What a step may write to its output unless its limits say otherwise.
    package var logLimit: ByteSize
    package var processLimit: Int64
    /// What a step may write to the disk unless its limits say otherwise; nil for what there is.
    package var diskLimit: ByteSize?
    package var disk: DiskMarks
    /// How long a new step waits for room.
    package var diskWait: TimeSpan
    /// What the versions of one volume may take; nil for any amount.
    package var volumeSize: ByteSize?
    /// After so long a version of a volume that nobody used is removed.
    package var volumeAge: TimeSpan

    package init(storePath: String, runtimeDirectory: RuntimeDirectory) {
        self.storePath = storePath
        self.runtimeDirectory = runtimeDirectory
        runtime = "crun"
        networkHelper = "slirp4netns"
        seccompProfile = SeccompProfile.debianPath
        defaultImage = "ubuntu:24.04"
        jobs = 2
        maximumRuns = 64
        clientPatience = TimeSpan(seconds: 30)
        keepRuns = 200
        keepRevisions = 20
        logLimit = StepProcess.defaultLog
        processLimit = StepProcess.defaultProcesses
        diskLimit = nil
        disk = DiskMarks()
        diskWait = TimeSpan(seconds: 60)
        volumeSize = nil
        volumeAge = TimeSpan(seconds: 30 * 86_400)
    }

    /// Takes over what can change while the engine works.
    package mutating func takeOver(_ new: EngineConfiguration) {
        defaultImage = new.defaultImage
        jobs = new.jobs
        maximumRuns = new.maximumRuns
        keepRuns = new.keepRuns
        keepRevisions = new.keepRevisions
        logLimit = new.logLimit
        processLimit = new.processLimit
        disk = new.disk
        diskLimit = new.diskLimit
        diskWait = new.diskWait
        volumeSize = new.volumeSize
        volumeAge = new.volumeAge
    }

    /// What counts for a step that declares `own`.
    func limits(for own: StepSpecification.Limits) -> StepSpecification.Limits {
        var limits = own
        limits.log = own.log ?? logLimit
        limits.processes = own.processes ?? processLimit
        limits.disk = own.disk ?? diskLimit
        return limits
    }
}

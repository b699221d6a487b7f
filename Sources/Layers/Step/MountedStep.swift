import Glibc
package import Linux
package import Model
import SystemPackage

/// A step whose overlays exist; processes may be writing to them.
///
/// The mounts are taken out once and given to whoever runs the step. When all of that is over, `released`
/// proves it: the kernel has taken both overlays down, so that not even a copy of the mount in another
/// namespace is left through which a process could write on.
package struct MountedStep: ~Copyable, Sendable {
    private let layers: StepLayers
    private let active: ActiveDirectory
    private var mounts: StepMounts?
    /// Nil for a step that was left to itself: then the kernel is asked who uses its directories.
    private let systemWatch: SuperblockWatch?
    private let workspaceWatch: SuperblockWatch?
    private let volumeWatches: [SharedWatch]

    init(
        _ layers: StepLayers, _ active: consuming ActiveDirectory, _ mounts: consuming StepMounts,
        _ systemWatch: consuming SuperblockWatch, _ workspaceWatch: consuming SuperblockWatch?,
        _ volumeWatches: [SharedWatch]
    ) {
        self.volumeWatches = volumeWatches
        self.layers = layers
        self.active = active
        self.mounts = .some(mounts)
        self.systemWatch = .some(systemWatch)
        self.workspaceWatch = workspaceWatch
    }

    /// Comes back to a step whose mounts were given away, while they are mounted somewhere.
    ///
    /// - Parameters:
    ///   - number: of its directory in `active/`.
    ///   - system: the root of its system overlay; `workspace`: of the one it may write to in its workspace,
    ///     if any; `volumes`: of each place of each volume. All have to be closed before `released` can succeed.
    package init(
        reopening number: LayerID, on layers: StepLayers, in store: LayerStore,
        system: borrowing Directory, workspace: borrowing Directory?, volumes: [SharedDirectory] = []
    ) throws(Failure) {
        let systemWatch = try Self.watch(system)
        let workspaceWatch = try Self.watch(ifAny: workspace)
        var volumeWatches: [SharedWatch] = []
        for volume in volumes { volumeWatches.append(try SharedWatch(root: volume.directory)) }
        // Last, since it ends the step's directory when it is dropped.
        self.init(
            layers, try ActiveDirectory(reopening: number, in: store), .some(systemWatch), workspaceWatch,
            volumeWatches)
    }

    private static func watch(_ root: borrowing Directory) throws(Failure) -> SuperblockWatch {
        do {
            return try SuperblockWatch(root: root)
        } catch {
            throw .watching(error, "watch a step's overlay")
        }
    }

    private static func watch(ifAny root: borrowing Directory?) throws(Failure) -> SuperblockWatch? {
        switch root {
        case .some(let directory): try watch(directory)
        case .none: nil
        }
    }

    /// Comes back to a step that an earlier life of the process mounted, wherever its mounts are and whether they
    /// still are: nothing of them is looked at before `released`.
    ///
    /// - Parameter number: of its directory in `active/`.
    package init(
        resuming number: LayerID, on layers: StepLayers, in store: LayerStore
    ) throws(Failure) {
        self.init(layers, try ActiveDirectory(reopening: number, in: store), nil, nil, [])
    }

    private init(
        _ layers: StepLayers, _ active: consuming ActiveDirectory,
        _ systemWatch: consuming SuperblockWatch?, _ workspaceWatch: consuming SuperblockWatch?,
        _ volumeWatches: [SharedWatch]
    ) {
        self.volumeWatches = volumeWatches
        self.layers = layers
        self.active = active
        mounts = nil
        self.systemWatch = systemWatch
        self.workspaceWatch = workspaceWatch
    }

    /// Lets go of the step without ending it: its directory and what is mounted elsewhere stay.
    package consuming func abandon() {
        mounts = nil
        active.abandon()
    }

    /// The number of the step's directory in `active/`.
    package var number: LayerID { active.number }

    /// The step's mounts, the first time; `nil` afterwards.
    package mutating func takeMounts() -> StepMounts? { mounts.take() }

    /// Lets go of mounts that were not taken, and waits until nobody holds the others.
    ///
    /// Blocks for `timeout` at most, for all overlays together. The step's processes should have ended and
    /// its mounts been unmounted before.
    package consuming func released(timeout: Duration) -> StepRelease {
        mounts = nil
        let end = ContinuousClock.now + timeout
        guard systemWatch != nil else {
            let isUnused = isUnused(until: end)
            return isUnused ? .quiet(QuietStep(layers, active)) : .busy(self)
        }
        var isGone = systemWatch?.wait(timeout: timeout) ?? false
        if isGone, workspaceWatch != nil {
            isGone = workspaceWatch?.wait(timeout: max(.zero, end - .now)) ?? true
        }
        for volume in volumeWatches where isGone {
            isGone = volume.watch.wait(timeout: max(.zero, end - .now))
        }
        guard isGone else { return .busy(self) }
        return .quiet(QuietStep(layers, active))
    }

    /// Whether no overlay uses the step's directories any more. There is nothing to wait on for who has no watch, so
    /// the kernel is asked again; the first answer is usually the last.
    private borrowing func isUnused(until end: ContinuousClock.Instant) -> Bool {
        var pause: UInt32 = 500
        while true {
            if (try? active.isUnused(volumes: layers.volumeParts)) == true { return true }
            guard ContinuousClock.now < end else { return false }
            usleep(pause)
            pause = min(pause * 2, 50_000)
        }
    }
}

/// What waiting for the end of a step's overlays came to.
package enum StepRelease: ~Copyable, Sendable {
    /// Nothing can write to the step's directories any more.
    case quiet(QuietStep)
    /// Something still holds an overlay; nothing has changed, and waiting again is allowed.
    case busy(MountedStep)

    /// The step at rest, or `tree-busy`, and a step that is still busy is given up.
    package consuming func quiet() throws(Failure) -> QuietStep {
        switch consume self {
        case .quiet(let step): return step
        case .busy(let step):
            throw Failure(
                .treeBusy, "a process still holds the file system of step directory \(step.number)",
                fix: "end the processes and mount namespaces that use it, then try again")
        }
    }
}

extension StepLayers {
    /// The directories of a step's own that its volumes write to.
    var volumeParts: [ActiveDirectory.Part] {
        volumes.enumerated().flatMap { index, volume in
            volume.places.indices.map { ActiveDirectory.Part.volume(index, $0) }
        }
    }
}

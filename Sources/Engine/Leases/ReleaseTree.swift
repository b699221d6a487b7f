import Catalog
import Layers
import Linux
import Logging
import Model

/// The step of a lease whose mounts are gone from here.
struct DrainingTree: Sendable {
    let step: Parcel<MountedStep>
    /// The numbers its file systems had, by which those who hold a copy of the mounts are known.
    let devices: Set<DeviceNumber>
}

extension Engine {
    /// Unmounts the trees of a lease's step, waits until nobody can write to them any more, and takes the bundle away.
    ///
    /// - Parameter use: what is done then with what the step left, on the same thread.
    /// - Throws: `lease-busy`.
    func release<Value: Sendable>(
        _ step: LeasedStep, of lease: Lease, _ use: @escaping @Sendable (consuming QuietStep) throws -> Value
    ) async throws -> Value {
        let tree = tree(of: lease)
        let before = leases.takeDraining(lease.id)
        // Of a tree on record as draining, which a later life would otherwise begin to use once more.
        let useOnce: @Sendable (consuming QuietStep) throws -> Value = { [catalog] quiet in
            try catalog.endDraining(of: lease.id)
            return try use(quiet)
        }
        var drained = try await onBlockingThread { [layers] in
            try Drained(
                try before ?? tree.draining(step, in: layers) ?? tree.unmounted(step, in: layers),
                within: Self.patience, step.draining == nil ? use : useOnce)
        }
        var holders: [MountHolder] = []
        // A wait of seconds may not outlive the daemon; the commit that is tried again then goes on from here.
        if case .busy(let draining) = drained { await note(draining, step, of: lease) }
        for wait in 1...Self.mostWaits {
            guard case .busy(let draining) = drained else { break }
            // Not on the request's thread: there are but so many of those.
            drained = try await onBlockingThread(of: .patient) {
                try Drained(draining, within: Self.holdersPatience, useOnce)
            }
            guard case .busy = drained else { break }
            holders = try await onBlockingThread { tree.holders(of: draining.devices) }
            // Nobody's any more, they are being taken down, which takes as long as the disk does to write all it has.
            if holders.isEmpty { continue }
            // A container that is just starting has a copy of all mounts for a moment.
            guard wait < Self.waits, holders.allSatisfy({ $0.use == .mountNamespace }) else { break }
        }
        switch drained {
        case .used(let value):
            await leaveNothing(of: lease, "a lease's bundle stays behind") { try tree.removeBundle() }
            return value
        case .busy(let draining):
            leases.keep(draining, of: lease.id)
            throw tree.busy(holders)
        }
    }

    /// Puts on record that the lease's mounts are gone from here, should the daemon be restarted before it is committed.
    private func note(_ draining: DrainingTree, _ step: LeasedStep, of lease: Lease) async {
        var (lease, step) = (lease, step)
        step.draining = draining.devices.map(\.packed).sorted()
        lease.subject = .step(step)
        await saveOrLog(lease, "a restart of the daemon would end a lease")
    }

    /// How long a request's own thread waits for the kernel to take overlays down that were just unmounted.
    private static let patience = Duration.milliseconds(250)
    /// How long a commit waits for that, until it looks for who holds them.
    private static let holdersPatience = Duration.seconds(5)
    /// How often, while nobody can be seen to hold more than a copy of the mounts.
    private static let waits = 3
    /// How often, while nobody can be seen to hold them.
    private static let mostWaits = 10
}

extension BlockingPool {
    /// For those who wait for seconds.
    fileprivate static let patient = BlockingPool("patient", limit: 64)
}

/// What waiting for the end of a lease's overlays came to.
private enum Drained<Value: Sendable>: Sendable {
    case used(Value)
    case busy(DrainingTree)

    /// Waits, and uses what the step left if nobody can write to it any more. Blocks.
    init(
        _ draining: DrainingTree, within timeout: Duration, _ use: (consuming QuietStep) throws -> Value
    ) throws {
        guard let step = draining.step.open() else { throw CancellationError() }
        switch step.released(timeout: timeout) {
        case .quiet(let quiet): self = .used(try use(quiet))
        case .busy(let same): self = .busy(DrainingTree(step: Parcel(same), devices: draining.devices))
        }
    }
}

extension LeaseTree {
    /// How often an unmount is tried while nobody can be seen to use the tree.
    private static let tries = 20
    /// For how long who uses it has to be seen there.
    private static let stay = Duration.milliseconds(50)

    /// `step` if an earlier life of the daemon took its mounts from here; nil while it is mounted. Blocks.
    fileprivate func draining(_ step: LeasedStep, in store: LayerStore) throws -> DrainingTree? {
        guard let devices = step.draining else { return nil }
        return DrainingTree(
            step: Parcel(try MountedStep(resuming: step.active, on: layers, in: store)),
            devices: Set(devices.map(DeviceNumber.init(packed:))))
    }

    /// Unmounts the tree of `step`, which is to be committed, or throws `lease-busy` with everything as it was.
    /// Blocks.
    fileprivate func unmounted(_ step: LeasedStep, in store: LayerStore) throws -> DrainingTree {
        let devices = devices()
        guard devices.count == mountCount, let mount = try foundMounts() else {
            throw Failure(
                .leaseEnded, "somebody has unmounted the trees of lease \(lease.id)",
                fix: "take a new lease, and leave its mounts to the daemon")
        }
        let mounted: MountedStep
        do {
            mounted = try reopened(step, in: store)
        } catch {
            mount.abandon()
            throw error
        }
        do {
            try unmount(mount, devices)
        } catch {
            mounted.abandon()
            throw error
        }
        return DrainingTree(step: Parcel(mounted), devices: devices)
    }

    /// Unmounts what is mounted, or throws `lease-busy` with everything as it was. Blocks.
    func unmount() throws {
        let devices = devices()
        guard let mount = try foundMounts() else { return }
        try unmount(mount, devices)
    }

    private func unmount(_ whole: consuming Mount, _ devices: Set<DeviceNumber>) throws {
        var mount = whole
        var holders: [MountHolder] = []
        // A look at the tree by somebody who is gone by now holds nothing up, nor does a copy of the mounts in another
        // namespace.
        for _ in 0..<Self.tries where holders.isEmpty {
            switch try mount.unmount() {
            case .done: return
            case .busy(let same): mount = same
            }
            holders = ((try? MountHolders.find(staying: Self.stay, on: devices)) ?? []).filter {
                $0.use != .mountNamespace
            }
        }
        mount.abandon()
        throw busy(holders)
    }

    fileprivate func busy(_ holders: [MountHolder]) -> Failure {
        let words = holders.map { "\($0.name) (process \($0.pid), \($0.use.rawValue))" }
        return Failure(
            .leaseBusy,
            "the tree of lease \(lease.id) is in use by "
                + (words.isEmpty
                    ? "something mounted in it, or a copy of its mounts" : words.joined(separator: ", ")),
            fix: "unmount what was mounted in it, end those processes and mount namespaces, then try again")
    }
}

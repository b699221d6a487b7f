import Layers
import Linux
import Model
import SystemPackage

/// Where a lease's mounts are on the host, and what they are made of.
struct LeaseTree: Sendable {
    let lease: Lease
    private let mountsDirectory: String
    /// `…/mounts/STORE-ID/ID`: the bundle, which only the holder may enter.
    let directory: String

    init(_ lease: Lease, in mountsDirectory: String) {
        self.lease = lease
        self.mountsDirectory = mountsDirectory
        directory = "\(mountsDirectory)/\(lease.id)"
    }

    var rootfs: String { "\(directory)/rootfs" }
    var workspace: String? { lease.workspaceTarget.map { rootfs + $0.text } }

    var prepared: PreparedLease {
        PreparedLease(
            lease: lease, bundle: lease.step == nil ? nil : directory, rootfs: rootfs, workspace: workspace)
    }

    var layers: StepLayers {
        let revision = LayerReference.shown(lease.layers.revision, as: lease.layers.owner)
        let workspace = lease.layers.deltas.map { LayerReference($0) } + revision
        return StepLayers(
            system: lease.layers.system.map { LayerReference($0) },
            workspace: StepLayers.Workspace(
                lease.workspaceTarget == nil ? .none : lease.layers.workspace, of: workspace),
            volumes: lease.layers.volumes, mountPoints: lease.layers.mountPoints)
    }

    /// Where something is mounted in the root, below it, outer before inner.
    private var innerPlaces: [[UInt8]] {
        (lease.workspaceTarget.map { [$0.entry.bytes] } ?? []) + volumePlaces
    }

    /// How many file systems are mounted for it.
    var mountCount: Int { innerPlaces.count + 1 }

    private var volumePlaces: [[UInt8]] {
        lease.layers.volumes.flatMap { $0.places.map(\.target.bytes) }
    }

    /// Makes the directory that the holder alone may enter, and attaches the mounts below it. Blocks.
    func attach(_ mounts: consuming StepMounts) throws {
        let mountsDirectory = try Directory(opening: mountsDirectory, following: false)
        try mountsDirectory.createDirectory(lease.id, mode: 0o700)
        try mountsDirectory.openDirectory(lease.id).createDirectory("rootfs", mode: 0o700)
        try mounts.attach(
            at: rootfs, workspaceAt: lease.workspaceTarget?.entry,
            readOnly: lease.layers.workspace == .readOnly)
    }

    /// Lets the holder in. Blocks.
    func handOver() throws(Errno) {
        try Directory(opening: directory, following: false).descriptor
            .setOwner(uid: lease.holder.uid, gid: lease.holder.gid)
    }

    /// Whether the mounts are where they were made. Blocks.
    func isMounted() throws -> Bool {
        try devices().count == mountCount && Mount.isThere(at: Array(rootfs.utf8))
    }

    /// The mounts, found again; dropped, they are unmounted.
    func foundMounts() throws(Errno) -> Mount? {
        try Mount.found(at: Array(rootfs.utf8), inner: innerPlaces)
    }

    /// `step`, whose mounts these are, to be waited for.
    func reopened(_ step: LeasedStep, in store: LayerStore) throws(Failure) -> MountedStep {
        do {
            let system = try Directory(opening: rootfs, following: false)
            var own: Directory?
            if let target = lease.workspaceTarget, lease.layers.workspace == .readWrite {
                own = try system.openDirectory(beneath: target.entry.bytes)
            }
            let volumes = try volumePlaces.map { SharedDirectory(try system.openDirectory(beneath: $0)) }
            return try MountedStep(
                reopening: step.active, on: layers, in: store, system: system, workspace: own,
                volumes: volumes)
        } catch {
            throw Failure.wrapping(error, to: "come back to the mounts of lease \(lease.id)")
        }
    }

    /// The processes that use the mounts; empty if none can be seen. Blocks.
    func holders(of devices: Set<DeviceNumber>) -> [MountHolder] {
        (try? MountHolders.find(holding: devices)) ?? []
    }

    /// The numbers of the file systems mounted for the lease, as far as they are where they were put. Links that whoever
    /// writes to the tree has put there since are not followed. Blocks.
    func devices() -> Set<DeviceNumber> {
        guard let root = try? Directory(opening: rootfs, following: false),
            let device = try? root.status().device
        else { return [] }
        return Set(
            [device]
                + innerPlaces.compactMap { try? root.openBeneath($0, [.path]).status().device })
    }

    /// Unmounts whatever is left here, used or not. Blocks.
    func unmountAll() throws {
        _ = try MountTable.unmountAll(below: Array(directory.utf8), lazily: true)
    }

    /// Removes the directory, in which nothing is mounted. Blocks.
    func removeBundle() throws(Errno) { try Directory.removeTree(at: directory) }
}

extension Engine {
    func tree(of lease: Lease) -> LeaseTree { LeaseTree(lease, in: sandbox.mountsDirectory) }
}

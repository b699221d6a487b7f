import Layers
import Linux
import Model
import SystemPackage

/// Where a lease's mounts are on the host, and what they are made of.
struct LeaseTree: Sendable {
    let lease: Lease
    /// `…/mounts/STORE-ID/ID`: the bundle, which only the holder may enter.
    let directory: String

    init(_ lease: Lease, in mountsDirectory: String) {
        self.lease = lease
        directory = "\(mountsDirectory)/\(lease.id)"
    }

    var rootfs: String { "\(directory)/rootfs" }
    var workspace: String? { lease.workspaceTarget.map { rootfs + $0 } }

    var prepared: PreparedLease {
        PreparedLease(
            lease: lease, bundle: lease.step == nil ? nil : directory, rootfs: rootfs, workspace: workspace)
    }

    var layers: StepLayers {
        let owner = OwnerShift(uid: lease.layers.owner.uid, gid: lease.layers.owner.gid)
        let revision = lease.layers.revision.map { LayerReference($0, owner: owner.isIdentity ? nil : owner) }
        let workspace = lease.layers.deltas.map { LayerReference($0) } + revision
        return StepLayers(
            system: lease.layers.system.map { LayerReference($0) },
            workspace: lease.workspaceTarget == nil
                ? .none : lease.layers.workspace == .readWrite ? .readWrite(workspace) : .readOnly(workspace))
    }

    /// Makes the directory that the holder alone may enter, and attaches the mounts below it. Blocks.
    func attach(_ mounts: consuming StepMounts) throws {
        try Directory.makeFolders(rootfs, mode: 0o700)
        try mounts.attach(
            at: rootfs, workspaceAt: lease.workspaceTarget, readOnly: lease.layers.workspace == .readOnly)
    }

    /// Lets the holder in. Blocks.
    func handOver() throws(Errno) {
        let bundle = try Directory(opening: directory, following: false)
        try bundle.descriptor.setMode(0o700)
        for name in try bundle.entryNames() where try bundle.status(name).kind == .file {
            try bundle.setOwner(name, uid: lease.holder.uid, gid: lease.holder.gid)
        }
        try bundle.descriptor.setOwner(uid: lease.holder.uid, gid: lease.holder.gid)
    }

    /// Whether the mounts are where they were made. Blocks.
    func isMounted() throws -> Bool {
        try devices().count == places && Mount.isThere(at: Array(rootfs.utf8))
    }

    /// The mounts, found again; dropped, they are unmounted.
    func mount() throws(Errno) -> Mount? {
        try Mount.found(
            at: Array(rootfs.utf8),
            inner: lease.workspaceTarget.map { [Array($0.utf8.dropFirst())] } ?? [])
    }

    /// The step whose mounts these are, to be waited for.
    func reopened(in store: LayerStore) throws(Failure) -> MountedStep {
        guard let number = lease.layers.active else {
            throw Failure(.leaseReadonly, "lease \(lease.id) is a view", fix: "discard it")
        }
        do {
            let system = try Directory(opening: rootfs)
            var own: Directory?
            if let workspace, lease.layers.workspace == .readWrite { own = try Directory(opening: workspace) }
            return try MountedStep(reopening: number, on: layers, in: store, system: system, workspace: own)
        } catch {
            throw Failure.wrapping(error, to: "come back to the mounts of lease \(lease.id)")
        }
    }

    /// The processes that use the mounts; empty if none can be seen. Blocks.
    func holders(of devices: Set<DeviceNumber>) -> [MountHolder] {
        (try? MountHolders.find(holding: devices)) ?? []
    }

    /// How many file systems are mounted for the lease.
    var places: Int { workspace == nil ? 1 : 2 }

    /// The numbers of those file systems, as far as they are mounted. Blocks.
    func devices() -> Set<DeviceNumber> {
        Set(
            [rootfs, workspace].compactMap { $0 }.compactMap {
                try? Descriptor.openFile($0, [.path]).status().device
            })
    }

    /// Unmounts whatever is left here and removes the directory. Blocks.
    func remove() throws {
        _ = try MountTable.unmountAll(below: Array(directory.utf8), lazily: true)
        try removeBundle()
    }

    /// Removes the directory, in which nothing is mounted. Blocks.
    func removeBundle() throws(Errno) { try Directory.removeTree(at: directory) }
}

package import Linux
package import Model
import Synchronization
import SystemPackage

/// The layer directories of one store, and the overlays made of them.
///
/// A layer is a directory that was filled as an overlay's upper or by hand, was renamed into `layers/`, and
/// never changes again. Below the store's directory:
/// ```
/// layers/N                    committed layers
/// active/N/system             being written: a step's changes outside its workspace, or a layer made by hand
/// active/N/system.work        the overlay's scratch beside it
/// active/N/workspace{,.work}  the same for the workspace
/// active/N/volume-V-P{,.work} the same for place P of volume V
/// dead/N                      taken out of the store, being deleted
/// aside/                      what the catalog can't explain, for a person to look at
/// empty                       a directory with nothing in it: an overlay needs two
/// ```
/// Numbers come from the catalog, which gives out each only once. From one folder to the next a directory
/// goes by one rename; which of them count is what the catalog says, and `carryOut` makes the disk agree.
/// Everything here blocks: call it on a thread that may.
package final class LayerStore: Sendable {
    /// Where removed layers go, to be deleted bit by bit.
    package let graveyard: Graveyard
    let mounter: OverlayMounter
    let layers: SharedDirectory
    let active: SharedDirectory
    let aside: SharedDirectory
    let empty: SharedDirectory
    let quotas: StepQuotas
    private let useIsTold = Mutex<Bool?>(nil)

    /// Opens the layers of the store in `directory`, and makes what is missing of the folders.
    package init(in directory: borrowing Directory, mounter: OverlayMounter) throws(Failure) {
        self.mounter = mounter
        layers = try Self.folder(.layers, in: directory)
        active = try Self.folder(.active, in: directory)
        quotas = StepQuotas(for: active)
        aside = try Self.folder(.aside, in: directory)
        empty = try Self.folder(.empty, in: directory)
        graveyard = Graveyard(dead: try Self.folder(.dead, in: directory))
    }

    private static func folder(
        _ folder: StoreFolder, in directory: borrowing Directory
    ) throws(Failure) -> SharedDirectory {
        let name = folder.name
        return try storing("open the folder \(name) of the store") {
            let folder = SharedDirectory(try directory.ensureDirectory(name))
            try folder.directory.descriptor.setMode(0o700)
            return folder
        }
    }

    // MARK: - Committed layers

    /// The layer's directory as it lies on the disk, whiteouts and all; for reading only.
    ///
    /// - Throws: `snapshot-damaged` when it is gone.
    package func layer(_ id: LayerID) throws(Failure) -> SharedDirectory {
        try storing("open layer \(id)") {
            do {
                return SharedDirectory(try layers.directory.openDirectory(id.description))
            } catch Errno.noSuchFileOrDirectory {
                throw Failure(
                    .snapshotDamaged, "layer \(id) is missing from the store",
                    fix: "run the step again; the daemon's next start gives up what else stands on it"
                )
            }
        }
    }

    /// The layer's directory is there.
    package func contains(_ id: LayerID) throws(Failure) -> Bool {
        try storing("look for layer \(id)") {
            try layers.directory.statusIfPresent(id.description)?.kind == .directory
        }
    }

    /// There is nothing in the layer's directory.
    package func isHollow(_ id: LayerID) throws(Failure) -> Bool {
        try storing("look into layer \(id)") { try layer(id).directory.reopened().isEmpty() }
    }

    /// Walks the layer and adds up what it takes.
    package func size(of id: LayerID) throws(Failure) -> LayerSize {
        try LayerMeasurement.size(of: try layer(id).directory)
    }

    /// An active directory is there.
    package func hasActive(_ number: LayerID) throws(Failure) -> Bool {
        try storing("look for active/\(number)") {
            try active.directory.statusIfPresent(number.description)?.kind == .directory
        }
    }

    /// Whether this kernel tells of a directory that it is in use; tried once, in a directory of the store's.
    func tellsUse(in directory: SharedDirectory) throws(OverlayError) -> Bool {
        if let known = useIsTold.withLock({ $0 }) { return known }
        let answer = try mounter.tellsUse(in: directory, lower: empty)
        useIsTold.withLock { $0 = answer }
        return answer
    }

    /// Takes a layer out of the store: one rename, to be called once no record claims it. Gone already is no
    /// error.
    package func remove(_ id: LayerID) throws(Failure) { try graveyard.bury(id, from: layers) }

    /// Takes an active directory that was abandoned out of the store; no error if it is gone already.
    package func bury(active number: LayerID) throws(Failure) {
        quotas.lift(number)
        try graveyard.bury(number, from: active)
    }

    /// Puts everything written so far on the disk; what was committed before the call is durable after it.
    package func synchronize() throws(Failure) {
        try storing("write the store to the disk") { try layers.directory.descriptor.synchronizeFileSystem() }
    }

    // MARK: - Views

    /// Layers as lower directories, uppermost first; with an empty one at the bottom if they are fewer than
    /// `minimum`, which is one more than there are at most.
    func lowers(_ references: [LayerReference], minimum: Int) throws(Failure) -> [OverlayLower] {
        let limit = mounter.support.form.maximumLowers
        guard references.count < limit else {
            throw Failure(
                .tooMany, "\(references.count) layers are more than the kernel stacks (\(limit))",
                fix: "start the chain of steps from a shorter one; long chains are squashed in the background"
            )
        }
        var lowers: [OverlayLower] = []
        for reference in references {
            lowers.append(OverlayLower(try layer(reference.id), ownerShift: reference.owner))
        }
        if lowers.count < minimum { lowers.append(OverlayLower(empty)) }
        return lowers
    }

    /// What can be seen and not changed: the layers merged, or an empty directory for none.
    func readOnlyMount(of references: [LayerReference], _ what: String) throws(Failure) -> DetachedMount {
        if references.isEmpty {
            return try storing("mount an empty directory") {
                let mount = try DetachedMount.clone(of: empty.directory.descriptor)
                try mount.setAttributes(.readOnly)
                return mount
            }
        }
        let lowers = try lowers(references, minimum: 2)
        return try mount(OverlaySpecification(lowers: lowers, isReadOnly: true), of: what)
    }

    /// Mounts an overlay, with the kernel's sentence in the failure.
    func mount(_ specification: OverlaySpecification, of what: String) throws(Failure) -> DetachedMount {
        do {
            return try mounter.mount(specification)
        } catch {
            throw Failure(
                .mountFailed, "cannot mount \(what) of \(specification.lowers.count) layers: \(error)",
                fix: "run `varve doctor` to see what the kernel and the store's file system support")
        }
    }
}

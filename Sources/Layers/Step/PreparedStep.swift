import Linux
package import Model

/// A step's own directories, made and not yet mounted: the first of the states a step's tree goes through.
///
/// `PreparedStep` → `MountedStep` → `QuietStep` → `SealedStep` → committed layers. Each state has only its
/// own moves, and each but the mounted one can be given up for `dead/`, which is also where a dropped one
/// goes. Nothing before the commit can be seen in the store.
package struct PreparedStep: ~Copyable, Sendable {
    private let layers: StepLayers
    private let active: ActiveDirectory

    /// Makes `active/N` with upper directories that take mode, owner, times and attributes of the views
    /// below.
    ///
    /// - Parameters:
    ///   - number: from the catalog, never used before.
    ///   - limit: of what may be written, kept by the file system where it can; nil for what there is.
    package init(
        _ number: LayerID, on layers: StepLayers, in store: LayerStore, limit: ByteSize? = nil
    ) throws(Failure) {
        self.layers = layers
        let active = try ActiveDirectory(number, in: store, limit: limit)
        try active.makeUpper(.system, like: try store.rootMetadata(of: layers.system))
        if case .readWrite(let below) = layers.workspace {
            try active.makeUpper(.workspace, like: try store.rootMetadata(of: below))
        }
        for (index, volume) in layers.volumes.enumerated() {
            for place in volume.places.indices {
                try active.makeUpper(
                    .volume(index, place), like: try store.rootMetadata(of: volume, at: place))
            }
        }
        self.active = active
    }

    /// Mounts the step's overlays, attached to nothing.
    package consuming func mount() throws(Failure) -> MountedStep {
        let mounts = try overlays()
        let system = try mounts.systemWatch()
        let workspace = try writableWatch(of: mounts)
        let volumes = try volumes()
        let watches = volumes.watches
        return MountedStep(layers, active, mounts.with(volumes), system, workspace, watches)
    }

    /// Mounts the step's overlays and leaves its directory to whoever comes back to it with
    /// `MountedStep(reopening:)`, in this life of the process or a later one.
    package consuming func mountForOthers() throws(Failure) -> StepMounts {
        let mounts = try overlays()
        let volumes = try volumes()
        active.abandon()
        return mounts.with(volumes)
    }

    /// Each place of each volume has an overlay of its own, and all of a step's are there before the first is used.
    private borrowing func volumes() throws(Failure) -> VolumeMounts {
        let store = active.store
        var mounts = VolumeMounts()
        for (index, volume) in layers.volumes.enumerated() {
            for (position, place) in volume.places.enumerated() {
                var lowers = try store.lowers(of: volume, at: position)
                if lowers.isEmpty { lowers.append(OverlayLower(store.empty)) }
                let mount = try store.mount(
                    OverlaySpecification(
                        lowers: lowers, upper: active.overlayUpper(.volume(index, position))),
                    of: "\(volume.title) at /\(place.target)")
                try mounts.add(mount, at: place.target)
            }
        }
        return mounts
    }

    private borrowing func overlays() throws(Failure) -> StepMounts {
        let mounts = try bareOverlays()
        try mounts.makeMountPoints(of: layers)
        return mounts
    }

    private borrowing func bareOverlays() throws(Failure) -> StepMounts {
        let store = active.store
        let system = try store.mount(
            OverlaySpecification(
                lowers: try store.lowers(layers.system, minimum: 1), upper: active.overlayUpper(.system)),
            of: "a step's system")
        switch layers.workspace {
        case .none:
            return StepMounts(system: system, workspace: nil)
        case .readOnly(let below):
            return StepMounts(
                system: system, workspace: try store.readOnlyMount(of: below, "a step's workspace"))
        case .readWrite(let below):
            let workspace = try store.mount(
                OverlaySpecification(
                    lowers: try store.lowers(below, minimum: 1), upper: active.overlayUpper(.workspace)),
                of: "a step's workspace")
            return StepMounts(system: system, workspace: workspace)
        }
    }

    private borrowing func writableWatch(of mounts: borrowing StepMounts) throws(Failure) -> SuperblockWatch?
    {
        guard case .readWrite = layers.workspace else { return nil }
        return try mounts.workspaceWatch()
    }

    /// Gives the step up.
    package consuming func discard() throws(Failure) { try active.bury() }
}

extension ActiveDirectory {
    func overlayUpper(_ part: Part) -> OverlayUpper {
        OverlayUpper(in: directory, name: part.name, workName: part.work)
    }
}

extension LayerStore {
    /// What the root of a view of `references` has, without mounting it: the uppermost layer's own.
    func rootMetadata(of references: [LayerReference]) throws(Failure) -> EntryMetadata {
        guard let top = references.first else { return .plainDirectory }
        let directory = try layer(top.id)
        var metadata = try storing("read the root of layer \(top.id)") {
            try EntryMetadata(of: directory.directory)
        }
        if let owner = top.owner {
            metadata.uid = owner.uid
            metadata.gid = owner.gid
        }
        return metadata
    }
}

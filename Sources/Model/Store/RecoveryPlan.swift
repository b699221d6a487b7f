/// What brings a store's disk and catalog in line with each other: a function of both, and of nothing else.
///
/// Nothing is deleted that can't be explained: what has a number the catalog gave out and no record is what a crash
/// left of something unfinished; what has a number the catalog never gave out comes from elsewhere, or the catalog is
/// not the one that belongs to this disk, and is set aside.
package struct RecoveryPlan: Sendable, Hashable {
    /// Why a layer of the catalog can't be counted on.
    package enum Loss: String, Sendable, Hashable {
        /// Its directory is not there.
        case missing
        /// The machine was started anew before it was on the disk for sure.
        case notDurable
    }

    /// Leases that go on, with their mounts and directories.
    package var living: [Lease] = []
    /// Leases that end now, with their ends.
    package var ended: [Lease] = []
    /// Layers to be given up on record, with all that stands on them, before anything else is changed.
    package var lost: [LayerID: Loss] = [:]
    /// Layers on record that are there, and still to be made safe from a power cut.
    package var unsecured: [LayerID] = []
    /// Directories of `layers/` and `active/` that nobody will ask for: to `dead/`.
    package var deadLayers: [LayerID] = []
    package var deadActive: [LayerID] = []
    /// Directories of theirs that the catalog does not explain: to `aside/`.
    package var strangeLayers: [LayerID] = []
    package var strangeActive: [LayerID] = []
    /// What is left where it is, by path.
    package var foreign: [String] = []
    /// The machine was started anew since the store was last brought in order.
    package var isAfterBoot: Bool

    /// Of a lease whose time is not up.
    package static let treeIsGone = Failure(
        .leaseEnded, "the machine was started anew, or the daemon ended while it took the lease's tree down",
        fix: "take a new lease; what was not committed is gone")

    package init(_ catalog: CatalogContent, _ disk: StoreListing, _ host: HostState) {
        isAfterBoot = catalog.boot != nil && catalog.boot != host.boot
        for lease in catalog.leases {
            let isThere = host.mounted.contains(lease.id) || lease.isDraining(in: disk)
            if lease.boot == host.boot, isThere, lease.expires > host.now {
                living.append(lease)
            } else {
                var lease = lease
                lease.end = lease.expires > host.now ? .overran(RecoveryPlan.treeIsGone) : .expired
                ended.append(lease)
            }
        }
        for (id, layer) in catalog.layers {
            if !disk.layers.contains(id) {
                lost[id] = .missing
            } else if !layer.isDurable {
                if isAfterBoot { lost[id] = .notDurable } else { unsecured.append(id) }
            }
        }
        unsecured.sort()
        for id in disk.layers where catalog.layers[id] == nil || lost[id] != nil {
            if id < catalog.nextLayer { deadLayers.append(id) } else { strangeLayers.append(id) }
        }
        let held = host.writing.union(living.compactMap(\.step?.active))
        for id in disk.active where !held.contains(id) {
            if id < catalog.nextLayer { deadActive.append(id) } else { strangeActive.append(id) }
        }
        deadLayers.sort()
        strangeLayers.sort()
        deadActive.sort()
        strangeActive.sort()
        foreign = disk.foreign.sorted()
    }
}

extension Lease {
    /// Whether its mounts are gone for a commit, and what was written below them is there to go on with.
    fileprivate func isDraining(in disk: StoreListing) -> Bool {
        guard let step, step.draining != nil else { return false }
        return disk.active.contains(step.active)
    }
}

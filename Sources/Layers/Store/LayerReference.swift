package import Linux
package import Model

/// A layer as part of a view.
package struct LayerReference: Hashable, Sendable {
    /// The layer's directory.
    package let id: LayerID
    /// Who appears as the owner of what belongs to 0:0 on disk: the layers of a revision are stored without
    /// owners and shown as the step's user. `nil` for a layer that has owners of its own.
    package let owner: OwnerShift?

    /// Layer `id`, its entries shown as those of `owner`.
    package init(_ id: LayerID, owner: OwnerShift? = nil) {
        self.id = id
        self.owner = owner
    }

    /// Layers of a revision, in the order given, their entries shown as those of `owner`.
    package static func shown(_ revision: [LayerID], as owner: EntryOwner) -> [LayerReference] {
        let shift = owner == .root ? nil : OwnerShift(uid: owner.uid, gid: owner.gid)
        return revision.map { LayerReference($0, owner: shift) }
    }
}

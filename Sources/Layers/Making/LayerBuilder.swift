package import Linux
package import Model

/// A layer being filled by hand: of an image, of a revision, or with stubs. Nobody sees it before `commit`.
///
/// What makes a name disappear is a whiteout, what hides a directory below is the opaque mark. Dropped, it is
/// deleted.
package struct LayerBuilder: ~Copyable, Sendable {
    /// The number the layer will have.
    package let id: LayerID
    /// The layer's own directory, to be filled; 0755 and root's to begin with.
    package let root: SharedDirectory
    private let active: ActiveDirectory

    /// Begins layer `id`, a number that was never used.
    package init(_ id: LayerID, in store: LayerStore) throws(Failure) {
        self.id = id
        let active = try ActiveDirectory(id, in: store)
        try active.makeUpper(.system, like: .plainDirectory, forOverlay: false)
        root = try active.open(.system)
        self.active = active
    }

    /// Makes it a layer of the store by one rename. Its record comes after.
    package consuming func commit() throws(Failure) -> LayerID {
        try active.commit(.system, as: id)
        let id = id
        try active.bury()
        return id
    }

    /// Gives it up.
    package consuming func discard() throws(Failure) { try active.bury() }
}

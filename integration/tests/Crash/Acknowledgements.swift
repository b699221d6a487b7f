/// What a daemon has acknowledged: what must be there, and what must be gone, after any crash.
///
/// From a request on until its answer, both are right: `doubt` comes before it, `keep` or `remove` after it.
struct Acknowledgements: Sendable {
    /// What a daemon can be asked for.
    enum Thing: Hashable, Sendable {
        case image(String)
        case workspace(String)
        /// Of the workspace to which revisions are uploaded.
        case revision(String)
        case snapshot(String)
        /// Of a snapshot.
        case pin(String)
        /// With a version at least.
        case volume(String)
    }

    /// What must be there, with what made it.
    private(set) var kept: [Thing: String] = [:]
    private(set) var gone: Set<Thing> = []
    /// How many there were, of both.
    private(set) var count = 0

    mutating func keep(_ thing: Thing, by maker: String) {
        doubt(thing)
        kept[thing] = maker
        count += 1
    }

    mutating func remove(_ thing: Thing) {
        doubt(thing)
        gone.insert(thing)
        count += 1
    }

    mutating func doubt(_ thing: Thing) {
        kept[thing] = nil
        gone.remove(thing)
    }

    /// Snapshots that must be there and may be unpinned.
    var unpinned: [String] {
        kept.keys.compactMap { thing in
            guard case .snapshot(let id) = thing, kept[.pin(id)] == nil else { return nil }
            return id
        }
    }

    /// In words, where `found` is all there is.
    func contradictions(to found: Set<Thing>) -> [String] {
        kept.filter { !found.contains($0.key) }.map { "\($0.key), acknowledged to \($0.value), is gone" }
            + gone.intersection(found).map { "\($0), acknowledged to be removed, is there" }
    }
}

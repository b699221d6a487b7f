package import Model

/// A snapshot as a look at the catalog saw it.
package struct Sighting: Sendable {
    package let snapshot: Snapshot
    /// How many names its own layers had when they were committed; without those that are not on record.
    package let entries: [LayerID: Int64]
    /// Of removals when the look began; nil if one was under way.
    let removal: Int?
}

/// What is found under a step's identity.
package struct CachedSnapshot: Sendable {
    package let record: CacheRecord
    /// Nil if the snapshot is not in the catalog.
    package let sighting: Sighting?
}

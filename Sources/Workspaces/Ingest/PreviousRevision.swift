package import Model

/// The state of a workspace that was ingested last: what a new one is told as the difference to.
package struct PreviousRevision: Sendable {
    package let manifest: Manifest
    package let ingested: Timestamp
    /// What made the scan for it; without it every file is read again.
    package let cache: StatCache?

    package init(manifest: Manifest, ingested: Timestamp, cache: StatCache?) {
        self.manifest = manifest
        self.ingested = ingested
        self.cache = cache
    }

    /// The tree as it was read, as far as it is known.
    var knownTree: KnownTree {
        if let cache, cache.revision == manifest.digest, cache.records.count == manifest.nodes.count {
            return KnownTree(
                manifest: manifest, records: cache.records, rules: cache.rules, special: cache.special)
        }
        let unknown = StatRecord(
            modified: 0, changed: 0, inode: 0, device: 0, shown: ingested.nanoseconds, flags: [], slot: 0)
        return KnownTree(
            manifest: manifest, records: Array(repeating: unknown, count: manifest.nodes.count), rules: [:],
            special: [:])
    }
}

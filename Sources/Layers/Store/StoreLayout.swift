/// The folders in a store's directory.
package enum StoreFolder: String, CaseIterable, Sendable {
    /// Of `LayerStore`.
    case layers, active, dead, aside, empty
    /// Of `RecordFolder`.
    case records
    /// One of each run, with its events and its steps' logs.
    case runs
    /// What revisions consist of.
    case manifests
    /// What the last look at each workspace saw.
    case scans
    /// What is fetched and unpacked; emptied at start.
    case spool

    package var name: String { rawValue }
}

/// The files in a store's directory.
package enum StoreFile: String, CaseIterable, Sendable {
    /// Locked by whoever has the store.
    case lock
    /// Space that is given up when the disk is full.
    case ballast
    case catalog = "catalog.sqlite"
    /// Of SQLite's beside the catalog.
    case catalogLog = "catalog.sqlite-wal"
    case catalogIndex = "catalog.sqlite-shm"

    package var name: String { rawValue }
}

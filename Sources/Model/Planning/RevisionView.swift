/// The revision a run is frozen on, as far as deciding about hits needs it.
package struct RevisionView: Sendable {
    package let manifest: Manifest
    /// Ingests of one workspace are numbered upwards; going back to an older state is a new ingest.
    package let ingest: Int64
    package let ingested: Timestamp

    package init(manifest: Manifest, ingest: Int64, ingested: Timestamp) {
        self.manifest = manifest
        self.ingest = ingest
        self.ingested = ingested
    }
}

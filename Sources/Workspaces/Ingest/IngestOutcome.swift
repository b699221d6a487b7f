package import Layers
package import Model

/// What an ingest came to.
package enum IngestOutcome: ~Copyable, Sendable {
    /// The workspace is what it was: no layer, no new revision.
    case unchanged(IngestReport)
    /// A layer that lies on those of the previous revision, or on nothing for the first. To be committed by who asked for it.
    case new(IngestReport, LayerBuilder)
}

/// A revision and how it was arrived at.
package struct IngestReport: Sendable {
    package let manifest: Manifest
    /// To be kept beside the revision; nil where the one from before is still right.
    package let cache: StatCache?
    /// When: nothing steps see as new or changed has an older modification time.
    package let ingested: Timestamp
    package let files: Int
    package let bytes: Int64
    /// Files that were put into the layer.
    package let copied: Int
    package let warnings: [Warning]
    /// How often the tree was walked.
    package let passes: Int

    /// Files that are known from before.
    package var reused: Int { files - copied }
}

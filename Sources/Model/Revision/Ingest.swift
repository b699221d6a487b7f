/// One taking-in of a workspace: a revision, and the layers that show it with the times steps may trust.
///
/// Numbered upwards over the whole store. Going back to an earlier state is a new ingest with the same
/// revision digest.
package struct Ingest: Hashable, Sendable, Codable {
    package var number: Int64
    package var workspace: Int64
    package var revision: Digest
    /// The oldest first.
    package var layers: [LayerID]
    package var ingested: Timestamp
    package var files: Int64
    package var bytes: Int64

    package init(
        number: Int64, workspace: Int64, revision: Digest, layers: [LayerID], ingested: Timestamp,
        files: Int64,
        bytes: Int64
    ) {
        self.number = number
        self.workspace = workspace
        self.revision = revision
        self.layers = layers
        self.ingested = ingested
        self.files = files
        self.bytes = bytes
    }
}

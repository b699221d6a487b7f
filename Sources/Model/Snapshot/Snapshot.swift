/// What a step left behind: a system layer, a workspace delta, and where it came from. Immutable.
package struct Snapshot: Hashable, Sendable {
    /// 16 hex digits, random; unique in the store.
    package var id: String
    package var scope: Scope
    /// Nil for a step without a workspace.
    package var workspace: String?
    package var step: StepKey
    /// The id of the run, or of the lease, that made it.
    package var maker: String
    package var parent: String?
    package var image: Digest
    /// The system layers above the image's stub layer, the oldest first; the last is its own if `ownSystem`.
    package var systemLayers: [LayerID]
    /// The lineage's workspace deltas, the oldest first; the last is its own if `ownDelta`.
    package var deltaLayers: [LayerID]
    package var ownSystem: LayerID?
    package var ownDelta: LayerID?
    /// The ingest it was made on; nil for a step without a workspace.
    package var ingest: Int64?
    package var revision: Digest?
    package var created: Timestamp
    /// How long the command took.
    package var milliseconds: Int64
    /// Bytes and entries of its own layers.
    package var bytes: Int64
    package var entries: Int64
    package var retention: Retention
    /// Where the step had its workspace.
    package var workspaceTarget = StepPath.usualWorkspace
    /// Whether it stays, with all it stands on, until somebody unpins it.
    package var isPinned = false
    /// When it was made or last served as a hit or a ground, to the minute.
    package var used: Timestamp
    /// Whether it has survived a sync of the store's file system, and so a power cut.
    package var isDurable: Bool

    package enum Retention: String, Hashable, Sendable, CaseIterable {
        /// Found by look-ups.
        case cached
        /// Of an uncached step: kept until the workspace's next run has ended, and for an hour; found by run
        /// and step only.
        case result
        /// Of a step that failed: kept for an hour, for whoever looks into it; found by run and step only.
        case failed
    }

    package init(
        id: String, scope: Scope, workspace: String?, step: StepKey, maker: String, parent: String?,
        image: Digest,
        systemLayers: [LayerID], deltaLayers: [LayerID], ownSystem: LayerID?, ownDelta: LayerID?,
        ingest: Int64?,
        revision: Digest?, created: Timestamp, milliseconds: Int64, bytes: Int64, entries: Int64,
        retention: Retention
    ) {
        self.id = id
        self.scope = scope
        self.workspace = workspace
        self.step = step
        self.maker = maker
        self.parent = parent
        self.image = image
        self.systemLayers = systemLayers
        self.deltaLayers = deltaLayers
        self.ownSystem = ownSystem
        self.ownDelta = ownDelta
        self.ingest = ingest
        self.revision = revision
        self.created = created
        self.milliseconds = milliseconds
        self.bytes = bytes
        self.entries = entries
        self.retention = retention
        used = created
        isDurable = false
    }
}

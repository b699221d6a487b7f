package import Model

extension Wire {
    /// What a step left behind.
    package struct Snapshot: Codable, Hashable, Sendable {
        package var id: String
        package var step: StepKey
        package var workspace: String?
        /// Nil for the result of a step that is never cached.
        package var identity: Digest?
        /// The snapshot it stands on; nil for one on an image.
        package var parent: String?
        package var image: Digest
        /// The one it was made on.
        package var revision: Digest?
        /// What made it: a run, whose events have its log, or a lease, of which there is none.
        package var run: String
        package var createdAt: Time
        /// How long the command took.
        package var durationMs: Int64
        /// Of its own layers on disk.
        package var bytes: Int64
        /// Of its own layers.
        package var entries: Int64
        /// Layers below `/` and the workspace together, the image's left out.
        package var layers: Int
        /// `cached`, or `result`: of an uncached step.
        package var retention: String
        /// Whether it survives a power cut.
        package var isDurable: Bool
        /// Whether it stays, with all it stands on, until it is unpinned.
        package var isPinned: Bool
        /// When it was made or last used, to the minute.
        package var usedAt: Time
        /// What goes with it and belongs to nothing else; nil in lists.
        package var ownBytes: Int64?
        /// Of its ancestors' and its image's layers; nil in lists.
        package var sharedBytes: Int64?
        /// The snapshots that stand on it, the oldest first; nil in lists.
        package var children: [String]?
        /// The declared properties that make its identity; nil in lists.
        package var fields: [Field]?
        /// What its use relies on; nil in lists.
        package var facts: [Fact]?
        /// Why it can't be collected; nil if it can, and in lists.
        package var heldBy: Holder?

        package init(
            id: String, step: StepKey, workspace: String? = nil, identity: Digest? = nil,
            parent: String? = nil, image: Digest, revision: Digest? = nil, run: String, createdAt: Time,
            durationMs: Int64, bytes: Int64, entries: Int64, layers: Int, retention: String, isDurable: Bool,
            isPinned: Bool, usedAt: Time,
            ownBytes: Int64? = nil, sharedBytes: Int64? = nil, children: [String]? = nil,
            fields: [Field]? = nil, facts: [Fact]? = nil, heldBy: Holder? = nil
        ) {
            self.id = id
            self.step = step
            self.workspace = workspace
            self.identity = identity
            self.parent = parent
            self.image = image
            self.revision = revision
            self.run = run
            self.createdAt = createdAt
            self.durationMs = durationMs
            self.bytes = bytes
            self.entries = entries
            self.layers = layers
            self.retention = retention
            self.isDurable = isDurable
            self.isPinned = isPinned
            self.usedAt = usedAt
            self.ownBytes = ownBytes
            self.sharedBytes = sharedBytes
            self.children = children
            self.fields = fields
            self.facts = facts
            self.heldBy = heldBy
        }

        private enum CodingKeys: String, CodingKey {
            case id, step, workspace, identity, parent, image, revision, run
            case createdAt = "created_at"
            case durationMs = "duration_ms"
            case bytes, entries, layers, retention
            case isDurable = "durable"
            case isPinned = "pinned"
            case usedAt = "used_at"
            case ownBytes = "own_bytes"
            case sharedBytes = "shared_bytes"
            case children
            case fields, facts
            case heldBy = "held_by"
        }
    }
}

extension Wire.Snapshot {
    /// What keeps a snapshot from being collected.
    package struct Holder: Codable, Hashable, Sendable {
        /// Such as `snapshot X is pinned` or `lease Y stands on snapshot X`.
        package var reason: String
        /// From the snapshot up to the one the reason is about, each standing on the one before.
        package var chain: [String]

        package init(reason: String, chain: [String]) {
            self.reason = reason
            self.chain = chain
        }
    }

    /// One declared property; nil where it is absent. Environment values are keyed hashes.
    package struct Field: Codable, Hashable, Sendable {
        package var name: String
        package var value: String?

        package init(name: String, value: String?) {
            self.name = name
            self.value = value
        }
    }
}

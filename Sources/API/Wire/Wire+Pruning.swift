package import Model

extension Wire {
    /// Which snapshots are to go.
    package struct PruneRequest: Codable, Hashable, Sendable {
        /// Nil for false.
        package var dryRun: Bool?
        /// As much may stay.
        package var keepBytes: Int64?
        /// Only what was unused for longer goes.
        package var olderThanSeconds: Int64?

        package init(dryRun: Bool? = nil, keepBytes: Int64? = nil, olderThanSeconds: Int64? = nil) {
            self.dryRun = dryRun
            self.keepBytes = keepBytes
            self.olderThanSeconds = olderThanSeconds
        }

        private enum CodingKeys: String, CodingKey {
            case dryRun = "dry_run"
            case keepBytes = "keep_bytes"
            case olderThanSeconds = "older_than_seconds"
        }
    }

    /// What went, or with `dry_run` would go.
    package struct Pruning: Codable, Hashable, Sendable {
        package var dryRun: Bool
        package var count: Int64
        /// What is freed: of layers nothing else needs.
        package var bytes: Int64
        /// In the order in which they go, at most `mostNamed` of them.
        package var snapshots: [Item]

        /// How many snapshots an answer names.
        package static let mostNamed = 10_000

        package init(dryRun: Bool, count: Int64, bytes: Int64, snapshots: [Item]) {
            self.dryRun = dryRun
            self.count = count
            self.bytes = bytes
            self.snapshots = snapshots
        }

        private enum CodingKeys: String, CodingKey {
            case dryRun = "dry_run"
            case count, bytes, snapshots
        }
    }
}

extension Wire.Pruning {
    /// One snapshot that goes.
    package struct Item: Codable, Hashable, Sendable {
        package var id: String
        package var step: StepKey
        package var workspace: String?
        /// Of layers nothing else needs.
        package var bytes: Int64
        package var usedAt: Wire.Time

        package init(id: String, step: StepKey, workspace: String?, bytes: Int64, usedAt: Wire.Time) {
            self.id = id
            self.step = step
            self.workspace = workspace
            self.bytes = bytes
            self.usedAt = usedAt
        }

        private enum CodingKeys: String, CodingKey {
            case id, step, workspace, bytes
            case usedAt = "used_at"
        }
    }
}

extension Wire {
    /// What the store takes on disk.
    package struct Usage: Codable, Hashable, Sendable {
        /// Of all areas together.
        package var totalBytes: Int64
        /// Of the file system.
        package var freeBytes: Int64
        /// Of the file system.
        package var capacityBytes: Int64
        /// Layers by what they are for, and what runs wrote.
        package var areas: [Area]
        /// The caller's own; everybody's for an admin.
        package var workspaces: [Workspace]

        package init(
            totalBytes: Int64, freeBytes: Int64, capacityBytes: Int64, areas: [Area], workspaces: [Workspace]
        ) {
            self.totalBytes = totalBytes
            self.freeBytes = freeBytes
            self.capacityBytes = capacityBytes
            self.areas = areas
            self.workspaces = workspaces
        }

        private enum CodingKeys: String, CodingKey {
            case totalBytes = "total_bytes"
            case freeBytes = "free_bytes"
            case capacityBytes = "capacity_bytes"
            case areas, workspaces
        }
    }
}

extension Wire.Usage {
    /// A kind of thing in the store: `images`, `revisions`, `snapshots` or `runs`.
    package struct Area: Codable, Hashable, Sendable {
        package var name: String
        /// Nil where things are not counted.
        package var count: Int64?
        package var bytes: Int64

        package init(name: String, count: Int64? = nil, bytes: Int64) {
            self.name = name
            self.count = count
            self.bytes = bytes
        }
    }

    /// What one workspace takes.
    package struct Workspace: Codable, Hashable, Sendable {
        package var name: String
        package var revisionBytes: Int64
        package var snapshotBytes: Int64
        package var snapshots: Int64

        package init(name: String, revisionBytes: Int64, snapshotBytes: Int64, snapshots: Int64) {
            self.name = name
            self.revisionBytes = revisionBytes
            self.snapshotBytes = snapshotBytes
            self.snapshots = snapshots
        }

        private enum CodingKeys: String, CodingKey {
            case name, snapshots
            case revisionBytes = "revision_bytes"
            case snapshotBytes = "snapshot_bytes"
        }
    }
}

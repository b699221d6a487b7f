extension Wire {
    /// What the store takes on disk.
    package struct Usage: Codable, Hashable, Sendable {
        /// Of all areas together.
        package var totalBytes: Int64
        /// Of the file system.
        package var freeBytes: Int64
        /// Of the file system.
        package var capacityBytes: Int64
        /// Layers by what they are for, what runs wrote, what is being written (`active`) or waits to be deleted
        /// (`dead`), what the store keeps besides (`own`), and what no record claims (`unaccounted`).
        package var areas: [Area]
        /// The caller's own; everybody's for an admin.
        package var workspaces: [Workspace]
        /// How full the disk is by the operator's marks; nil from an older daemon.
        package var disk: Disk?

        package init(
            totalBytes: Int64, freeBytes: Int64, capacityBytes: Int64, areas: [Area], workspaces: [Workspace],
            disk: Disk? = nil
        ) {
            self.totalBytes = totalBytes
            self.freeBytes = freeBytes
            self.capacityBytes = capacityBytes
            self.areas = areas
            self.workspaces = workspaces
            self.disk = disk
        }

        private enum CodingKeys: String, CodingKey {
            case totalBytes = "total_bytes"
            case freeBytes = "free_bytes"
            case capacityBytes = "capacity_bytes"
            case areas, workspaces, disk
        }
    }
}

extension Wire.Usage {
    /// How full the disk is.
    package struct Disk: Codable, Hashable, Sendable {
        /// `normal`, `warning`, `high`, `reserve` or `exhausted`.
        package var level: String
        /// The same for people.
        package var detail: String
        package var shares: [Share]

        package init(level: String, detail: String, shares: [Share]) {
            self.level = level
            self.detail = detail
            self.shares = shares
        }
    }

    /// What can run out.
    package struct Share: Codable, Hashable, Sendable {
        /// `bytes`, `inodes` or `budget`.
        package var resource: String
        package var total: Int64
        package var free: Int64
        /// What must be left for new steps.
        package var reserve: Int64

        package init(resource: String, total: Int64, free: Int64, reserve: Int64) {
            self.resource = resource
            self.total = total
            self.free = free
            self.reserve = reserve
        }
    }

    /// A kind of thing in the store, such as `images` or `snapshots`.
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
        /// Of those, what other snapshots stand on; the rest is each snapshot's own, and goes with it.
        package var sharedBytes: Int64
        package var snapshots: Int64

        package init(
            name: String, revisionBytes: Int64, snapshotBytes: Int64, sharedBytes: Int64, snapshots: Int64
        ) {
            self.name = name
            self.revisionBytes = revisionBytes
            self.snapshotBytes = snapshotBytes
            self.sharedBytes = sharedBytes
            self.snapshots = snapshots
        }

        private enum CodingKeys: String, CodingKey {
            case name, snapshots
            case revisionBytes = "revision_bytes"
            case snapshotBytes = "snapshot_bytes"
            case sharedBytes = "shared_bytes"
        }
    }
}

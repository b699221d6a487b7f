/// How full the store's disk may become, and what happens at each mark.
///
/// Three things can run out: bytes and inodes of the file system, and the budget the operator gave the store.
/// Whichever is fullest decides:
/// ```
/// below `warning`     nothing
/// from `warning` on   people are told
/// above `high`        snapshots are collected until `low` is reached
/// less left than the reserve        new steps wait, then are refused
/// less left than a quarter of that  running steps are ended, those that wrote most first
/// ```
package struct DiskMarks: Sendable, Hashable {
    /// What the store may take by itself; nil for all the file system has.
    package var budget: ByteSize?
    /// In percent, as `high` and `low`.
    package var warning: Int
    package var high: Int
    package var low: Int
    /// What must be left for new steps; of less than twenty times as much, a twentieth.
    package var reserve: ByteSize

    package init(
        budget: ByteSize? = nil, warning: Int = 80, high: Int = 90, low: Int = 75,
        reserve: ByteSize = ByteSize(bytes: 512 << 20)
    ) {
        self.budget = budget
        self.warning = warning
        self.high = high
        self.low = low
        self.reserve = reserve
    }

    /// The most inodes that are kept back; of a small file system a fiftieth.
    static let inodeReserve: Int64 = 10_000

    /// So many inodes of a file system are left by what comes from outside: no step is ended for it then.
    package static func inodesToLeave(of total: Int64) -> Int64 { min(inodeReserve, total / 50) / 2 }
}

/// What the disk below a store says of itself, and what the store takes of it.
package struct DiskReading: Sendable, Hashable {
    package var totalBytes: Int64
    package var freeBytes: Int64
    /// 0 where the file system has no fixed number.
    package var totalInodes: Int64
    package var freeInodes: Int64
    /// Of everything in the store; counts only against a budget.
    package var storeBytes: Int64

    package init(
        totalBytes: Int64, freeBytes: Int64, totalInodes: Int64, freeInodes: Int64, storeBytes: Int64 = 0
    ) {
        self.totalBytes = totalBytes
        self.freeBytes = freeBytes
        self.totalInodes = totalInodes
        self.freeInodes = freeInodes
        self.storeBytes = storeBytes
    }
}

/// An amount of what a file system has.
package struct DiskAmount: Sendable, Hashable {
    package var bytes: Int64
    package var entries: Int64

    package init(bytes: Int64 = 0, entries: Int64 = 0) {
        self.bytes = bytes
        self.entries = entries
    }

    /// As much as `other` of both.
    package func covers(_ other: DiskAmount) -> Bool { bytes >= other.bytes && entries >= other.entries }

    package static func += (left: inout DiskAmount, right: DiskAmount) {
        left.bytes += right.bytes
        left.entries += right.entries
    }
}

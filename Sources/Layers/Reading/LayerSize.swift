import Linux

/// What a layer takes on the disk.
package struct LayerSize: Hashable, Sendable {
    /// Allocated bytes; a file with several names counts once.
    package var bytes: Int64
    /// Names below the root, whiteouts included.
    package var entries: Int

    /// A size, of nothing to begin with.
    package init(bytes: Int64 = 0, entries: Int = 0) {
        self.bytes = bytes
        self.entries = entries
    }
}

/// Adds up a layer's size entry by entry.
struct LayerSizeCounter {
    private(set) var size = LayerSize()
    /// Whether a file counts that has other names, which may be in another layer.
    var countsLinked = true
    private var linked: Set<UInt64> = []

    mutating func count(_ status: FileStatus) {
        size.entries += 1
        if !countsLinked, status.kind != .directory, status.links > 1 { return }
        // All of a layer lies on one file system, so the inode number alone tells files apart.
        if status.kind != .directory, status.links > 1, !linked.insert(status.inode).inserted { return }
        size.bytes += status.blocks * 512
    }

    /// Takes back an entry that was removed; its last name, if it had several.
    mutating func discount(_ status: FileStatus) {
        size.entries -= 1
        if status.kind == .directory || status.links == 1 { size.bytes -= status.blocks * 512 }
    }
}

package import Linux
import Model
package import SystemPackage

/// Leaves some of a file system, and of a store's budget, free for others to end well, while much is written.
package struct SpaceWatch: Sendable {
    private let reservedBytes: Int64
    private let room: IncomingRoom?
    /// Written since the file system was last asked for what is left.
    private var unasked: Int64 = 0
    /// Made since it was last asked for inodes.
    private var unaskedEntries = 0

    /// - Parameters:
    ///   - reservedBytes: what is to be left of the file system; with 0 it is not asked.
    ///   - room: what is left of the budget.
    package init(leaving reservedBytes: Int64, of room: IncomingRoom? = nil) {
        self.reservedBytes = reservedBytes
        self.room = room
    }

    /// Takes note of bytes written to the file system of an open file, and asks that now and then.
    ///
    /// `Errno.noSpace` before the last of the space is used.
    package mutating func note(_ written: Int64, on file: borrowing Descriptor) throws(Errno) {
        try room?.take(written)
        unasked += written
        guard reservedBytes > 0, unasked >= SpaceWatch.unaskedLimit else { return }
        unasked = 0
        guard try file.fileSystemStatus().freeBytes > reservedBytes else { throw .noSpace }
    }

    /// Takes note of an entry that was made, and of what it takes beside its content.
    ///
    /// `Errno.noSpace` before the last of the space or of the inodes is used.
    package mutating func noteEntry(on file: borrowing Descriptor) throws(Errno) {
        try note(SpaceWatch.entryBytes, on: file)
        unaskedEntries += 1
        guard reservedBytes > 0, unaskedEntries >= SpaceWatch.unaskedEntriesLimit else { return }
        unaskedEntries = 0
        let status = try file.fileSystemStatus()
        guard status.totalInodes == 0 || status.freeInodes > DiskMarks.inodesToLeave(of: status.totalInodes)
        else { throw .noSpace }
    }

    private static let entryBytes: Int64 = 4096
    private static let unaskedLimit: Int64 = 16 << 20
    /// Few, as there are file systems with some thousands of inodes.
    private static let unaskedEntriesLimit = 64
}

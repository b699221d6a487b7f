package import Linux
package import SystemPackage

/// Leaves some of a file system free for others to end well, while much is written to it.
package struct SpaceWatch: Sendable {
    private let reservedBytes: Int64
    /// Written since the file system was last asked for what is left.
    private var unasked: Int64 = 0

    /// - Parameter reservedBytes: what is to be left; with 0 nothing is asked.
    package init(leaving reservedBytes: Int64) { self.reservedBytes = reservedBytes }

    /// Takes note of bytes written to the file system of an open file, and asks that now and then.
    ///
    /// `Errno.noSpace` before the last of the space is used.
    package mutating func note(_ written: Int64, on file: borrowing Descriptor) throws(Errno) {
        unasked += written
        guard reservedBytes > 0, unasked >= SpaceWatch.unaskedLimit else { return }
        unasked = 0
        guard try file.fileSystemStatus().freeBytes > reservedBytes else { throw .noSpace }
    }

    /// What an entry takes beside its content.
    package static let entryBytes: Int64 = 4096

    private static let unaskedLimit: Int64 = 16 << 20
}

/// How much an archive may hold before it is refused.
package struct ArchiveLimits: Sendable {
    /// Directories that no entry describes, made for what lies in them, count too.
    package var entries = 4_000_000
    /// Of all files together; holes don't count.
    package var totalBytes: Int64 = 256 << 30
    /// Of all files together; holes count.
    package var apparentBytes: Int64 = .max
    /// Of one file; holes count.
    package var entryBytes: Int64 = 1 << 40
    /// Of one path: as long as the kernel takes them at once.
    package var pathBytes = 4095
    /// Directories within one another.
    package var depth = 512
    /// Of what is kept in memory to the archive's end: paths of directories and whiteouts, and attributes of
    /// directories.
    package var keptBytes = 256 << 20

    /// What is left free on the file system that is unpacked to, for others to end well.
    package var reservedBytes: Int64
    /// What is left of the store's budget; nil where there is none to heed.
    package var room: IncomingRoom?

    package init(reservedBytes: Int64 = 0, room: IncomingRoom? = nil) {
        self.reservedBytes = reservedBytes
        self.room = room
    }

    /// What an archive that came from outside leaves free at least.
    package static let leastReserve: Int64 = 256 << 20

    /// Of an archive whose files are read from end to end once more: holes cost as much as data then.
    package static let source: ArchiveLimits = {
        var limits = ArchiveLimits()
        limits.entryBytes = limits.totalBytes
        limits.apparentBytes = limits.totalBytes
        limits.reservedBytes = ArchiveLimits.leastReserve
        return limits
    }()

    /// Of the whole archive, with a header and the padding of each entry.
    package var streamBytes: Int64 {
        let headers = Int64(clamping: entries).multipliedReportingOverflow(by: 2048)
        let sum = totalBytes.addingReportingOverflow(headers.partialValue)
        return headers.overflow || sum.overflow ? .max : sum.partialValue
    }
}

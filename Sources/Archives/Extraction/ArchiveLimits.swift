/// How much an archive may hold before it is refused.
package struct ArchiveLimits: Sendable {
    package var entries = 4_000_000
    /// Of all files together; holes don't count.
    package var totalBytes: Int64 = 256 << 30
    /// Of one file; holes count.
    package var entryBytes: Int64 = 1 << 40
    /// Of one path: as long as the kernel takes them at once.
    package var pathBytes = 4095
    /// Directories within one another.
    package var depth = 512

    package init() {}

    /// Of the whole archive, with a header and the padding of each entry.
    package var streamBytes: Int64 {
        let headers = Int64(clamping: entries).multipliedReportingOverflow(by: 2048)
        let sum = totalBytes.addingReportingOverflow(headers.partialValue)
        return headers.overflow || sum.overflow ? .max : sum.partialValue
    }
}

package import Linux

/// What an entry has beside its content.
package struct ArchiveMetadata: Hashable, Sendable {
    /// Permission bits with setuid, setgid and sticky: `07777`.
    package var mode: UInt32
    package var uid: UInt32
    package var gid: UInt32
    /// Nanoseconds since 1970.
    package var modified: Int64
    package var attributes: [String: [UInt8]]

    package init(
        mode: UInt32, uid: UInt32, gid: UInt32, modified: Int64, attributes: [String: [UInt8]] = [:]
    ) {
        self.mode = mode
        self.uid = uid
        self.gid = gid
        self.modified = modified
        self.attributes = attributes
    }

    package init(_ status: FileStatus, attributes: [String: [UInt8]] = [:]) {
        self.init(
            mode: status.mode, uid: status.uid, gid: status.gid, modified: status.modified,
            attributes: attributes)
    }
}

package import Linux
import Model

/// One entry of a tar archive, as it is written there: nothing in it has been checked.
package struct ArchiveEntry: Sendable {
    /// What an entry is.
    package enum Content: Hashable, Sendable {
        /// A file with as many bytes.
        case file(size: Int64)
        case directory
        case link(target: [UInt8])
        /// One more name of an earlier entry.
        case hardLink(target: [UInt8])
        case characterDevice(DeviceNumber)
        case blockDevice(DeviceNumber)
        case fifo
        case socket
    }

    /// Any bytes but NUL; for a directory with or without a slash at its end.
    package var path: [UInt8]
    package var content: Content
    package var metadata: ArchiveMetadata

    package init(path: [UInt8], content: Content, metadata: ArchiveMetadata) {
        self.path = path
        self.content = content
        self.metadata = metadata
    }

    /// The path for messages.
    package var name: String { EntryPath.printable(path) }
}

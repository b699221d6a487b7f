package import Linux
package import Model

/// Something a lineage left in its workspace, on its way out into the caller's directory.
package struct OutputEntry: Sendable {
    package let path: EntryPath
    package let content: Content

    package enum Content: Sendable {
        /// Opened with the daemon's rights; `status` is the file's.
        case file(SharedDescriptor, FileStatus)
        case link(target: [UInt8])
        case directory
    }

    package init(path: EntryPath, content: Content) {
        self.path = path
        self.content = content
    }
}

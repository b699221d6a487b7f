import CLinux
package import SystemPackage

/// What `statfs` says of a file system.
package struct FileSystemStatus: Hashable, Sendable {
    /// The kind of file system, as its magic number.
    package let type: FileSystemType
    package let blockSize: Int64
    package let totalBytes: Int64
    /// What is taken, by whomever.
    package let usedBytes: Int64
    /// What is left for processes without special rights.
    package let freeBytes: Int64
    package let totalInodes: Int64
    /// Left inodes; file systems without a fixed number (btrfs) say 0 of 0.
    package let freeInodes: Int64
}

extension Descriptor {
    /// What the file system says that this file is on.
    package func fileSystemStatus() throws(Errno) -> FileSystemStatus {
        var status = linux_file_system_status()
        // SAFETY: `status` outlives the call.
        _ = try systemCall { unsafe linux_file_system_status(raw, &status) }
        let blockSize = Int64(clamping: status.block_size)
        func bytes(_ blocks: UInt64) -> Int64 {
            let (bytes, overflow) = Int64(clamping: blocks).multipliedReportingOverflow(by: blockSize)
            return overflow ? .max : bytes
        }
        return FileSystemStatus(
            type: FileSystemType(magic: UInt32(truncatingIfNeeded: status.type)), blockSize: blockSize,
            totalBytes: bytes(status.blocks),
            usedBytes: bytes(status.blocks - min(status.blocks, status.free_blocks)),
            freeBytes: bytes(status.available_blocks),
            totalInodes: Int64(clamping: status.inodes), freeInodes: Int64(clamping: status.free_inodes))
    }
}

extension Directory {
    /// What the file system says that this directory is on.
    package func fileSystemStatus() throws(Errno) -> FileSystemStatus { try descriptor.fileSystemStatus() }
}

package import Model

/// A place in a step's root on which something is mounted.
package struct MountPoint: Hashable, Sendable {
    /// From the root, without a leading slash.
    package let path: EntryPath
    /// What is mounted there needs a directory, or a file.
    package let kind: Kind

    /// A mount point at `path` below the root.
    package init(_ path: EntryPath, _ kind: Kind) {
        self.path = path
        self.kind = kind
    }

    /// What a mount point is on the disk.
    package enum Kind: Hashable, Sendable { case directory, file }

    /// What every container has: kernel file systems, and the files that tell it its name and its resolvers.
    package static let standard: [MountPoint] =
        ["proc", "sys", "dev"].map { MountPoint(EntryPath(unchecked: Array($0.utf8)), .directory) }
        + ["etc/resolv.conf", "etc/hosts", "etc/hostname"].map {
            MountPoint(EntryPath(unchecked: Array($0.utf8)), .file)
        }
}

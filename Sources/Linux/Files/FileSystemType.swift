/// The magic number of a file system, from `linux/magic.h`.
package struct FileSystemType: Hashable, Sendable {
    package let magic: UInt32

    package init(magic: UInt32) { self.magic = magic }

    package static let overlay = FileSystemType(magic: 0x794C_7630)
    package static let ext4 = FileSystemType(magic: 0xEF53)
    package static let xfs = FileSystemType(magic: 0x5846_5342)
    package static let btrfs = FileSystemType(magic: 0x9123_683E)
    package static let tmpfs = FileSystemType(magic: 0x0102_1994)
    package static let nfs = FileSystemType(magic: 0x6969)
    package static let fuse = FileSystemType(magic: 0x6573_5546)
    package static let cgroup = FileSystemType(magic: 0x0027_E0EB)
    package static let cgroup2 = FileSystemType(magic: 0x6367_7270)
}

extension FileSystemType: CustomStringConvertible {
    /// Its name, or the number where it has none here.
    package var description: String {
        switch self {
        case .overlay: "overlay"
        case .ext4: "ext4"
        case .xfs: "xfs"
        case .btrfs: "btrfs"
        case .tmpfs: "tmpfs"
        case .nfs: "nfs"
        case .fuse: "fuse"
        case .cgroup: "cgroup"
        case .cgroup2: "cgroup2"
        default: "file system 0x" + String(magic, radix: 16)
        }
    }
}

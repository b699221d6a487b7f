import Glibc

/// What an entry of the file system is.
package enum FileKind: UInt8, Hashable, Sendable {
    case file, directory, link, characterDevice, blockDevice, fifo, socket

    /// The kind in the type bits of `st_mode`; `nil` for a type Linux does not have today.
    package init?(mode: UInt32) {
        switch mode & S_IFMT {
        case S_IFREG: self = .file
        case S_IFDIR: self = .directory
        case S_IFLNK: self = .link
        case S_IFCHR: self = .characterDevice
        case S_IFBLK: self = .blockDevice
        case S_IFIFO: self = .fifo
        case S_IFSOCK: self = .socket
        default: return nil
        }
    }

    /// The type bits of `st_mode`.
    package var modeBits: UInt32 {
        switch self {
        case .file: S_IFREG
        case .directory: S_IFDIR
        case .link: S_IFLNK
        case .characterDevice: S_IFCHR
        case .blockDevice: S_IFBLK
        case .fifo: S_IFIFO
        case .socket: S_IFSOCK
        }
    }
}

import Glibc
package import SystemPackage

/// The address of a Unix socket in the file system.
package struct UnixSocketAddress: Sendable {
    private var address = sockaddr_un()

    /// The size of the kernel's field, less the NUL at the end.
    package static let longestPath = MemoryLayout.size(ofValue: sockaddr_un().sun_path) - 1

    /// `Errno.invalidArgument` for a path that is empty, too long or has a NUL in it.
    package init(_ path: String) throws(Errno) {
        guard (1...UnixSocketAddress.longestPath).contains(path.utf8.count), !path.utf8.contains(0) else {
            throw .invalidArgument
        }
        address.sun_family = sa_family_t(AF_UNIX)
        // SAFETY: the path is shorter than the field, whose last byte stays 0.
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
    }

    /// Lends the address as system calls take it.
    func with<Answer>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Answer) -> Answer {
        // SAFETY: every socket address begins with the fields of `sockaddr`; the pointer is used in `body` only.
        unsafe withUnsafePointer(to: address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}

import CLinux
import Glibc
package import SystemPackage

extension Descriptor {
    /// A Unix stream socket without an address.
    ///
    /// - Parameter isNonBlocking: whether calls on it answer `Errno.resourceTemporarilyUnavailable` rather than wait.
    package static func unixStreamSocket(isNonBlocking: Bool = false) throws(Errno) -> Descriptor {
        Descriptor(adopting: try systemCall { linux_unix_stream_socket(isNonBlocking ? 1 : 0) })
    }

    /// Makes the socket's file: with the mode set on this descriptor before, less the umask.
    package func bind(to address: UnixSocketAddress) throws(Errno) {
        // SAFETY: the address is lent for the call.
        _ = try systemCall { unsafe address.with { unsafe Glibc.bind(raw, $0, $1) } }
    }

    /// Connects to whoever listens there; `Errno.connectionRefused` where nobody does.
    package func connect(to address: UnixSocketAddress) throws(Errno) {
        // SAFETY: the address is lent for the call.
        _ = try systemCall { unsafe address.with { unsafe Glibc.connect(raw, $0, $1) } }
    }

    /// The path of the file by which the socket is reached; `Errno.notSupported` for one that has none.
    package func boundPath() throws(Errno) -> String {
        var address = sockaddr_un()
        var length = socklen_t(MemoryLayout<sockaddr_un>.size)
        // SAFETY: address and length outlive the call, and the length is the address's.
        _ = try systemCall {
            unsafe withUnsafeMutablePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe getsockname(raw, $0, &length)
                }
            }
        }
        guard address.sun_family == sa_family_t(AF_UNIX) else { throw .notSupported }
        let header = MemoryLayout<sockaddr_un>.offset(of: \sockaddr_un.sun_path) ?? 2
        let bytes = unsafe withUnsafeBytes(of: &address.sun_path) { buffer in
            unsafe Array(buffer.prefix(max(0, Int(length) - header)).prefix { $0 != 0 })
        }
        guard !bytes.isEmpty else { throw .notSupported }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The next one who connects.
    package func accept() throws(Errno) -> Descriptor {
        Descriptor(adopting: try systemCall { linux_accept(raw) })
    }

    /// The descriptor that somebody sends over this socket.
    package func receiveDescriptor() throws(Errno) -> Descriptor {
        Descriptor(adopting: try systemCall { linux_receive_descriptor(raw) })
    }

    /// Lets others connect; at most `backlog` wait to be accepted.
    package func listen(backlog: Int32) throws(Errno) {
        _ = try systemCall { Glibc.listen(raw, backlog) }
    }
}

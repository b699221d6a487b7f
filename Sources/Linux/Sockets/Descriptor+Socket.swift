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

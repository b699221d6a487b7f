import Foundation
import Glibc
import Linux
import SystemPackage

/// A connection to a Unix socket on which a test says what it likes, and reads only when it wants to.
package final class RawConnection: Sendable {
    private let descriptor: Descriptor

    private init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }

    package static func open(_ path: String) async throws -> RawConnection {
        try await onBlockingThread {
            let socket = try Descriptor.unixStreamSocket()
            try socket.connect(to: try UnixSocketAddress(path))
            // A server that never answers is a failure, not a test that hangs.
            var patience = timeval(tv_sec: 120, tv_usec: 0)
            for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
                // SAFETY: the time outlives the call.
                unsafe setsockopt(
                    socket.raw, SOL_SOCKET, option, &patience, socklen_t(MemoryLayout<timeval>.size))
            }
            return RawConnection(socket)
        }
    }

    package func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    /// What the server does not take any more is not an error: it may have answered already.
    ///
    /// - Returns: how many bytes were taken, if only by the kernel.
    @discardableResult
    package func send(_ bytes: [UInt8]) async throws -> Int {
        try await onBlockingThread { [self] in
            var rest = bytes[...]
            while !rest.isEmpty {
                // SAFETY: the bytes outlive the call.
                let count = unsafe rest.withUnsafeBytes {
                    unsafe Glibc.send(descriptor.raw, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
                }
                guard count > 0 else { break }
                rest = rest.dropFirst(count)
            }
            return bytes.count - rest.count
        }
    }

    /// One read of what has come; empty at the end.
    package func receive(upTo count: Int = 1 << 16) async throws -> [UInt8] {
        try await onBlockingThread { [self] in
            do throws(Errno) { return try descriptor.read(upTo: count) } catch {
                // As an end: everything the server had sent was read before this.
                guard error == .connectionReset else { throw error }
                return []
            }
        }
    }

    /// Reads until `text` has come.
    package func receive(until text: String) async throws -> String {
        var bytes: [UInt8] = []
        while true {
            let chunk = try await receive()
            bytes += chunk
            let all = String(decoding: bytes, as: UTF8.self)
            if all.contains(text) { return all }
            guard !chunk.isEmpty else { throw CocoaError(.fileReadCorruptFile) }
        }
    }
}

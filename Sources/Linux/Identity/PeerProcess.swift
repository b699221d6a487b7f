import CLinux
import Glibc
package import SystemPackage

/// One process, held so that its number can't come to mean another.
package struct PeerProcess: ~Copyable, Sendable {
    /// The pidfd.
    package let descriptor: Descriptor
    /// Its user, with no capabilities: those are asked for.
    let identity: PeerIdentity
    package var pid: Int32 { identity.pid }

    /// The peer of a connected socket; `Errno.noSuchProcess` when it has ended, or lives in a PID namespace
    /// out of sight.
    ///
    /// Before Linux 6.5 the kernel hands out only the number: ask right after `accept`, and the process it
    /// leads to is taken only if it belongs to the peer's user.
    package init(ofSocket socket: CInt) throws(Errno) {
        let identity = try PeerIdentity(ofSocket: socket)
        guard identity.pid > 0 else { throw .noSuchProcess }
        let opened = try Self.open(identity, ofSocket: socket)
        let raw = opened.raw
        guard try systemCall({ linux_pidfd_alive(raw) }) == 1 else { throw .noSuchProcess }
        self.identity = identity
        descriptor = opened
    }

    private static func open(
        _ identity: PeerIdentity, ofSocket socket: CInt
    ) throws(Errno) -> Descriptor {
        do {
            return Descriptor(adopting: try systemCall { linux_peer_pidfd(socket) })
        } catch {
            guard error == .protocolNotAvailable else { throw error }
        }
        let descriptor = Descriptor(adopting: try systemCall { linux_pidfd_open(identity.pid) })
        let owner = try Directory(opening: "/proc/\(identity.pid)").status().uid
        guard owner == identity.uid || owner == 0 else { throw .noSuchProcess }
        return descriptor
    }

    /// The process's effective capabilities, one bit each, as far as they count outside of its user namespace:
    /// none in another one than this process's, and none that can't be told.
    ///
    /// To be asked before `isAlive()`: else they may be another process's.
    func capabilities() -> UInt64 {
        do throws(Errno) {
            let process = try Directory(opening: "/proc/\(pid)")
            let own = try Directory(opening: "/proc/self").namespace(.user)
            guard try process.namespace(.user) == own else { return 0 }
            return Self.capabilities(told: try process.openFile("status").readAll(limit: 1 << 16))
        } catch {
            return 0
        }
    }

    /// Every connection of root's is asked for them: bytes are many times quicker here than text.
    private static func capabilities(told status: [UInt8]) -> UInt64 {
        let newline = UInt8(ascii: "\n")
        var rest = status[...]
        while !rest.starts(with: "CapEff:".utf8) {
            guard let end = rest.firstIndex(of: newline) else { return 0 }
            rest = rest[(end + 1)...]
        }
        let digits = rest.prefix { $0 != newline }.dropFirst("CapEff:".utf8.count).drop {
            $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: " ")
        }
        return UInt64(String(decoding: digits, as: UTF8.self), radix: 16) ?? 0
    }

    /// The process has not ended.
    package func isAlive() throws(Errno) -> Bool {
        try systemCall { linux_pidfd_alive(descriptor.raw) } == 1
    }
}

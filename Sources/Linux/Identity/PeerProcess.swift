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
        let process = try Directory(opening: "/proc/\(identity.pid)")
        let owner = try process.status().uid
        // One that may not be dumped is root's there, whoever's it is.
        let user = owner == 0 ? try user(of: process) : owner
        guard user == identity.uid else { throw .noSuchProcess }
        return descriptor
    }

    /// The effective user of the process that this is the directory of in `/proc`.
    package static func user(of process: borrowing Directory) throws(Errno) -> UInt32? {
        let users = field("Uid:", of: try process.openFile("status").readAll(limit: 1 << 16))
        let effective = users.split(separator: UInt8(ascii: "\t")).dropFirst().first
        return effective.flatMap { UInt32(String(decoding: $0, as: UTF8.self)) }
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
            let digits = Self.field("CapEff:", of: try process.openFile("status").readAll(limit: 1 << 16))
            return UInt64(String(decoding: digits, as: UTF8.self), radix: 16) ?? 0
        } catch {
            return 0
        }
    }

    /// What follows a name in a process's status, without the blanks around it; empty without the name.
    ///
    /// Every connection of root's asks: bytes are many times quicker here than text.
    private static func field(_ name: String, of status: [UInt8]) -> ArraySlice<UInt8> {
        let newline = UInt8(ascii: "\n")
        var rest = status[...]
        while !rest.starts(with: name.utf8) {
            guard let end = rest.firstIndex(of: newline) else { return [] }
            rest = rest[(end + 1)...]
        }
        return rest.prefix { $0 != newline }.dropFirst(name.utf8.count).drop {
            $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: " ")
        }
    }

    /// The process has not ended.
    package func isAlive() throws(Errno) -> Bool {
        try systemCall { linux_pidfd_alive(descriptor.raw) } == 1
    }
}

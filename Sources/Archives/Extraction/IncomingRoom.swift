import Synchronization
package import SystemPackage

/// How much a store may still take in from outside by its budget: all that comes at one time draws from it.
///
/// It is said anew whenever somebody has added up what the store takes; in between it is what was said last,
/// less what has come since.
package final class IncomingRoom: Sendable {
    /// Nil for what the file system has.
    private let left = Mutex<Int64?>(nil)

    package init() {}

    /// - Parameter bytes: nil for what the file system has.
    package func set(_ bytes: Int64?) { left.withLock { $0 = bytes } }

    /// Takes note of bytes that have come.
    ///
    /// `Errno.noSpace` when they are more than there was room for.
    package func take(_ bytes: Int64) throws(Errno) {
        let isEnough = left.withLock { left in
            guard let room = left else { return true }
            // What there is no room for goes again, and leaves others theirs.
            guard bytes <= room else { return false }
            left = room - bytes
            return true
        }
        guard isEnough else { throw .noSpace }
    }
}

extension IncomingRoom: Hashable {
    package static func == (left: IncomingRoom, right: IncomingRoom) -> Bool { left === right }

    package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

import Linux
import Model
import Synchronization

/// Keeps a store in which nothing may go from being searched again and again.
final class RoomSearch: Sendable {
    private let resume = Mutex<ContinuousClock.Instant?>(nil)

    /// Of one collection.
    static let mostRounds = 16

    /// - Parameter isUrgent: whether somebody may be waiting for it.
    func mayBegin(isUrgent: Bool) -> Bool {
        guard let time = resume.withLock({ $0 }) else { return true }
        return .now >= (isUrgent ? time - .seconds(28) : time)
    }

    func end(found: Bool) { resume.withLock { $0 = found ? nil : .now + .seconds(30) } }
}

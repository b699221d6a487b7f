import Linux
import Model
import Synchronization

/// Keeps a store in which nothing may go from being searched again and again.
///
/// A search that is put off is not forgotten: what was held at the last one may be free since.
final class RoomSearch: Sendable {
    private struct State: Sendable {
        /// Behind a search that found nothing: when the next may begin.
        var resume: ContinuousClock.Instant?
        /// When one that was put off begins.
        var putOff: ContinuousClock.Instant?
    }

    private let state = Mutex(State())

    /// Of one collection.
    static let mostRounds = 16
    private static let pause = Duration.seconds(30)
    private static let urgentPause = Duration.seconds(2)

    /// - Parameters:
    ///   - isUrgent: whether somebody may be waiting for it.
    ///   - again: called when a search that may not begin now may.
    func mayBegin(isUrgent: Bool, otherwise again: @escaping @Sendable () -> Void) -> Bool {
        let (mayBegin, time) = state.withLock { state -> (Bool, ContinuousClock.Instant?) in
            guard let resume = state.resume else { return (true, nil) }
            let time = isUrgent ? resume - (Self.pause - Self.urgentPause) : resume
            if .now >= time { return (true, nil) }
            // One that is put off already comes soon enough.
            if let before = state.putOff, before <= time { return (false, nil) }
            state.putOff = time
            return (false, time)
        }
        if let time {
            Task { [self] in
                try? await Task.sleep(until: time, clock: .continuous)
                state.withLock { if $0.putOff == time { $0.putOff = nil } }
                again()
            }
        }
        return mayBegin
    }

    func end(found: Bool) { state.withLock { $0.resume = found ? nil : .now + Self.pause } }
}

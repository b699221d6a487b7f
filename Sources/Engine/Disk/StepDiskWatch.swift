import Linux
import Model
import Synchronization

/// A running step, lease or shell, what it may write, and why it was ended if it was.
final class StepDiskWatch: Sendable {
    /// As the subject of a sentence.
    let name: String
    /// Of its directory in `active/`.
    let number: LayerID
    /// Nil for what there is.
    let limit: ByteSize?
    private let state = Mutex(State())

    private struct State: Sendable {
        var stop: (@Sendable () -> Void)?
        var verdict: Failure?
        var wasExhausted = false
        var pace = MeasuringPace()
    }

    /// A step that wrote less is not what fills a disk.
    static let negligible = DiskAmount(bytes: 64 << 10, entries: 64)

    init(_ number: LayerID, of name: String, limit: ByteSize?) {
        self.number = number
        self.name = name
        self.limit = limit
    }

    /// The command runs; `stop` ends it.
    func began(_ stop: @escaping @Sendable () -> Void) {
        let isEnded = state.withLock { state in
            state.stop = stop
            return state.verdict != nil
        }
        if isEnded { stop() }
    }

    /// Ends the step; the first reason counts.
    func end(because failure: Failure) {
        let stop = state.withLock { state in
            guard state.verdict == nil else { return nil as (@Sendable () -> Void)? }
            state.verdict = failure
            return state.stop
        }
        stop?()
    }

    /// Why it was ended; nil if it was not.
    var verdict: Failure? { state.withLock { $0.verdict } }

    func sawExhaustion() { state.withLock { $0.wasExhausted = true } }

    /// Whether the disk was full at some time while it ran.
    var wasExhausted: Bool { state.withLock { $0.wasExhausted } }

    /// Whether it is to be measured now.
    var isDue: Bool { limit != nil && state.withLock { $0.verdict == nil && $0.pace.isDue(at: .now) } }

    /// Takes down a measurement.
    func checked(_ bytes: Int64, taking time: Duration) {
        if let limit, bytes > limit.bytes { return end(because: limitFailure(wrote: bytes)) }
        state.withLock { $0.pace.measured(taking: time, until: .now) }
    }

    /// - Parameter bytes: where the measurement ended, which is beyond the limit.
    func limitFailure(wrote bytes: Int64) -> Failure {
        Failure(
            .diskLimit,
            "\(name) wrote \(ByteSize(bytes: bytes)), limit \(limit.map { "\($0)" } ?? "none")",
            fix:
                "raise the step's limits.disk, or disk_limit of the daemon; or make the command write less, or "
                + "remove what it needs no more")
    }

    func failure(wrote amount: DiskAmount, on disk: DiskState) -> Failure {
        let wrote =
            switch disk.tightest.resource {
            case .bytes, .budget:
                "\(ByteSize(bytes: amount.bytes)), limit \(limit.map { "\($0)" } ?? "none"),"
            case .inodes: "\(amount.entries) files and directories,"
            }
        return Failure(
            .storageFull, "\(name) wrote \(wrote) and \(disk.words)",
            fix: "free space on the store's file system, or run varve prune; then run again")
    }
}

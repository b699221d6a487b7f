import Synchronization

/// One series of values of any kind.
final class Series: Sendable {
    enum Kind: String, Sendable { case counter, gauge, summary }

    let kind: Kind
    private let state = Mutex((sum: 0.0, count: Int64(0)))

    init(_ kind: Kind) { self.kind = kind }

    /// Counts a value in.
    func add(_ value: Double) {
        state.withLock { state in
            state.sum += value
            state.count += 1
        }
    }

    /// Forgets what was before.
    func set(_ value: Double) {
        state.withLock { state in
            state.sum = value
            state.count = 1
        }
    }

    func write(_ name: SeriesName, to text: inout String) {
        let (sum, count) = state.withLock { $0 }
        switch kind {
        case .counter, .gauge: text += "\(name.text()) \(Series.number(sum))\n"
        case .summary:
            text += "\(name.text("_sum")) \(Series.number(sum))\n"
            text += "\(name.text("_count")) \(count)\n"
        }
    }

    private static func number(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "NaN" : value > 0 ? "+Inf" : "-Inf" }
        return Int64(exactly: value).map { "\($0)" } ?? "\(value)"
    }
}

import Metrics

/// What swift-metrics hands to the code that counts: each writes to one series.
final class Counting: CounterHandler, FloatingPointCounterHandler {
    private let series: Series

    init(_ series: Series) { self.series = series }

    func increment(by amount: Int64) { series.add(Double(amount)) }
    func increment(by amount: Double) { series.add(amount) }
    func reset() { series.set(0) }
}

final class Metering: MeterHandler {
    private let series: Series

    init(_ series: Series) { self.series = series }

    func set(_ value: Int64) { series.set(Double(value)) }
    func set(_ value: Double) { series.set(value) }
    func increment(by amount: Double) { series.add(amount) }
    func decrement(by amount: Double) { series.add(-amount) }
}

final class Recording: RecorderHandler {
    private let series: Series

    init(_ series: Series) { self.series = series }

    func record(_ value: Int64) { record(Double(value)) }
    func record(_ value: Double) { series.kind == .gauge ? series.set(value) : series.add(value) }
}

final class Timing: TimerHandler {
    private let series: Series

    init(_ series: Series) { self.series = series }

    func recordNanoseconds(_ duration: Int64) { series.add(Double(duration) / 1e9) }
}

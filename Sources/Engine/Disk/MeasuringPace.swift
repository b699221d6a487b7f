/// When something is measured again that it takes time to measure: the later the longer the last time took, so that
/// watching takes at most a tenth of one processor.
struct MeasuringPace: Sendable {
    private var due = ContinuousClock.now

    func isDue(at time: ContinuousClock.Instant) -> Bool { due <= time }

    /// Takes down a measurement that was over at `end`.
    mutating func measured(taking time: Duration, until end: ContinuousClock.Instant) { due = end + time * 9 }
}

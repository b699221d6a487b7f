/// How long to wait before each new attempt to reach a daemon that went away: 30 s in all.
struct ReconnectPatience {
    private var pause = Duration.milliseconds(50)
    private var left = Duration.seconds(30)

    /// Nil when patience is at its end.
    mutating func next() -> Duration? {
        guard left > .zero else { return nil }
        let next = min(pause, left)
        left -= next
        pause = min(pause * 2, .seconds(2))
        return next
    }
}

import Model

/// Names for runs and leases: 16 hex digits, 11 of the time in milliseconds and 5 random, so that later ones sort
/// behind.
enum TimedID {
    static func next(at time: Timestamp) -> String {
        let milliseconds = UInt64(time.nanoseconds / 1_000_000)
        return hexadecimal(milliseconds << 20 | UInt64.random(in: 0..<1 << 20))
    }
}

/// Names for snapshots: 16 random hex digits.
enum SnapshotID {
    static func next() -> String { hexadecimal(UInt64.random(in: .min ... .max)) }
}

private func hexadecimal(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}

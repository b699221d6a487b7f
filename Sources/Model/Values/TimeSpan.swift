/// A length of time as written in pipelines and on the command line: `90s`, `1h30m`, `250ms`.
package struct TimeSpan: Hashable, Sendable, Comparable, Codable {
    package let milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }
    /// At most 100 years either way: a longer span is cut to that.
    package init(seconds: Int64) {
        milliseconds = max(-TimeSpan.longest / 1000, min(seconds, TimeSpan.longest / 1000)) * 1000
    }

    /// One or more `[0-9]+` with `ms`, `s`, `m`, `h` or `d`, joined; at most 100 years. Nil for anything
    /// else.
    package init?(_ text: some StringProtocol) {
        var rest = text.utf8[...]
        var total: Int64 = 0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { (48...57).contains($0) }
            guard !digits.isEmpty, digits.count <= 15,
                let number = Int64(String(decoding: digits, as: UTF8.self))
            else { return nil }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { !(48...57).contains($0) }
            guard let factor = TimeSpan.units[String(decoding: unit, as: UTF8.self)] else { return nil }
            rest = rest.dropFirst(unit.count)
            let (product, overflow) = number.multipliedReportingOverflow(by: factor)
            guard !overflow, product <= TimeSpan.longest - total else { return nil }
            total += product
        }
        milliseconds = total
    }

    package var seconds: Double { Double(milliseconds) / 1000 }
    package var duration: Duration { .milliseconds(milliseconds) }

    package static func < (left: TimeSpan, right: TimeSpan) -> Bool { left.milliseconds < right.milliseconds }

    private static let longest: Int64 = 100 * 366 * 86_400_000
    private static let units: [String: Int64] = [
        "ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000,
    ]
}

extension TimeSpan: CustomStringConvertible {
    /// The shortest text that reads back as the same span.
    package var description: String {
        var rest = milliseconds
        var text = ""
        for unit in ["d", "h", "m", "s", "ms"] {
            guard let factor = TimeSpan.units[unit] else { continue }
            if rest >= factor { text += "\(rest / factor)\(unit)" }
            rest %= factor
        }
        return text.isEmpty ? "0s" : text
    }
}

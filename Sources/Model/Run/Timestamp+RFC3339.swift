/// The text form of times in events and on the wire.
extension Timestamp {
    /// Appends `2026-01-31T23:59:59.123Z` without allocating.
    func appendRFC3339(to buffer: inout [UInt8]) {
        let (seconds, ofSecond) = Self.divided(nanoseconds, by: 1_000_000_000)
        let (days, ofDay) = Self.divided(seconds, by: 86_400)
        let date = Self.civilDate(daysSince1970: days)
        func digits(_ value: Int64, _ width: Int) {
            var divisor: Int64 = 1
            for _ in 1..<width { divisor *= 10 }
            while divisor > 0 {
                buffer.append(48 + UInt8(truncatingIfNeeded: value / divisor % 10))
                divisor /= 10
            }
        }
        digits(date.year, 4)
        buffer.append(UInt8(ascii: "-"))
        digits(date.month, 2)
        buffer.append(UInt8(ascii: "-"))
        digits(date.day, 2)
        buffer.append(UInt8(ascii: "T"))
        digits(ofDay / 3600, 2)
        buffer.append(UInt8(ascii: ":"))
        digits(ofDay / 60 % 60, 2)
        buffer.append(UInt8(ascii: ":"))
        digits(ofDay % 60, 2)
        buffer.append(UInt8(ascii: "."))
        digits(ofSecond / 1_000_000, 3)
        buffer.append(UInt8(ascii: "Z"))
    }

    /// Reads `2026-01-31T23:59:59Z`, with any fraction and `Z` or a numeric offset; years 1680 to 2260, which
    /// fit. Nil for anything else.
    package init?(rfc3339 text: some StringProtocol) {
        var rest = text.utf8[...]
        func number(_ width: Int, then separators: StaticString) -> Int64? {
            let digits = rest.prefix(width)
            guard digits.count == width, digits.allSatisfy({ (48...57).contains($0) }) else { return nil }
            rest = rest.dropFirst(width)
            for separator in separators.description.utf8 {
                guard rest.first == separator else { return nil }
                rest = rest.dropFirst()
            }
            return digits.reduce(0) { $0 * 10 + Int64($1 - 48) }
        }
        guard let year = number(4, then: "-"), let month = number(2, then: "-"),
            let day = number(2, then: "T"), let hour = number(2, then: ":"),
            let minute = number(2, then: ":"), let second = number(2, then: ""),
            (1680...2260).contains(year), (1...12).contains(month), (1...31).contains(day), hour < 24,
            minute < 60, second <= 60
        else { return nil }
        var fraction: Int64 = 0
        if rest.first == UInt8(ascii: ".") {
            let digits = rest.dropFirst().prefix { (48...57).contains($0) }
            guard !digits.isEmpty else { return nil }
            rest = rest.dropFirst(1 + digits.count)
            let nine = Array(digits.prefix(9)) + [UInt8](repeating: 48, count: max(0, 9 - digits.count))
            fraction = nine.reduce(0) { $0 * 10 + Int64($1 - 48) }
        }
        guard let offset = Self.offset(rest) else { return nil }
        let days = Self.daysSince1970(year: year, month: month, day: day)
        self.init(
            seconds: days * 86_400 + hour * 3600 + minute * 60 + second - offset, nanoseconds: fraction)
    }

    /// Seconds east of UTC of `Z` or `+02:00`.
    private static func offset(_ text: some Collection<UInt8>) -> Int64? {
        let bytes = Array(text)
        if bytes == [UInt8(ascii: "Z")] { return 0 }
        guard bytes.count == 6, bytes[3] == UInt8(ascii: ":") else { return nil }
        let digits = [bytes[1], bytes[2], bytes[4], bytes[5]]
        guard digits.allSatisfy({ (48...57).contains($0) }) else { return nil }
        let value = digits.map { Int64($0 - 48) }
        let seconds = (value[0] * 10 + value[1]) * 3600 + (value[2] * 10 + value[3]) * 60
        switch bytes[0] {
        case UInt8(ascii: "+"): return seconds
        case UInt8(ascii: "-"): return -seconds
        default: return nil
        }
    }

    private static func divided(_ value: Int64, by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let remainder = value % divisor
        return remainder >= 0
            ? (value / divisor, remainder) : (value / divisor - 1, remainder + divisor)
    }

    /// Howard Hinnant's `civil_from_days`, for days in years 0 to 9999.
    private static func civilDate(daysSince1970 days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = divided(days + 719_468, by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthIndex = (5 * dayOfYear + 2) / 153
        let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * monthIndex + 2) / 5 + 1)
    }

    /// Howard Hinnant's `days_from_civil`.
    private static func daysSince1970(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = divided(shifted, by: 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}

import API
import Model

/// Quantities in words for people.
enum HumanText {
    /// `0.4s`, `12.3s`, `2m05s`, `1h03m`.
    static func duration(milliseconds: Int64) -> String {
        if milliseconds < 60_000 {
            let tenths = (milliseconds + 50) / 100
            return "\(tenths / 10).\(tenths % 10)s"
        }
        let seconds = milliseconds / 1000
        func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
        if seconds < 3600 { return "\(seconds / 60)m\(two(seconds % 60))s" }
        return "\(seconds / 3600)h\(two(seconds / 60 % 60))m"
    }

    /// In whole seconds, for something that goes on.
    static func elapsed(milliseconds: Int64) -> String {
        milliseconds < 60_000 ? "\(max(0, milliseconds) / 1000)s" : duration(milliseconds: milliseconds)
    }

    /// `just now`, `5 min ago`, `3 h ago`, `12 d ago`.
    static func age(of time: Timestamp, now: Timestamp) -> String {
        let seconds = (now.nanoseconds - time.nanoseconds) / 1_000_000_000
        switch seconds {
        case ..<60: return "just now"
        case ..<3600: return "\(seconds / 60) min ago"
        case ..<86_400: return "\(seconds / 3600) h ago"
        default: return "\(seconds / 86_400) d ago"
        }
    }

    /// `1 step`, `2 steps`.
    static func count(_ number: some BinaryInteger, _ noun: String) -> String {
        "\(number) \(noun)" + (number == 1 ? "" : "s")
    }

    /// `text` as one word of a shell's command line.
    static func argument(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x80...: true
            default: "%+,-./:@_".utf8.contains(byte)
            }
        }
        return isPlain ? text : "'\(text.replacing("'", with: #"'\''"#))'"
    }

    /// The first twelve digits, enough to tell digests apart.
    static func short(_ digest: Digest) -> String { String(digest.hex.prefix(12)) }

    /// The code, and what it says beyond.
    static func words(_ reason: MissReason) -> String {
        reason.detail.isEmpty ? reason.code.rawValue : "\(reason.code.rawValue): \(reason.detail)"
    }

    /// As `words`, without what says the same as the code.
    static func brief(_ reason: MissReason) -> String {
        switch reason.code {
        case .policyNone, .noCacheRequested, .firstRun: reason.code.rawValue
        default: words(reason)
        }
    }

    static func line(_ warning: Warning) -> String {
        DisplayText.oneLine("warning[\(warning.code)]: \(warning.detail)")
    }

    /// As one sentence: exit status, signal, or what Varve says.
    static func outcome(_ end: Event.StepEnd) -> String {
        switch end.status {
        case .passed: return "passed"
        case .cacheHit: return "hit"
        case .skipped: return end.error.map { "skipped: \($0.detail)" } ?? "skipped"
        case .cancelled: return "cancelled"
        case .timedOut: return "timed out"
        case .failed:
            guard let code = end.exitCode else { return end.error?.detail ?? "failed" }
            return end.error.map { "exit status \(code): \($0.detail)" } ?? "exit status \(code)"
        case .error:
            return end.error.map { "error[\($0.code.rawValue)]: \($0.detail)" } ?? "error"
        }
    }
}

/// How text is dressed: nothing but what the terminal understands.
struct Style: Hashable, Sendable {
    let hasColor: Bool
    let hasUnicode: Bool

    static let plain = Style(hasColor: false, hasUnicode: false)

    func bold(_ text: String) -> String { wrap(text, 1, 22) }
    func dim(_ text: String) -> String { wrap(text, 2, 22) }
    func red(_ text: String) -> String { wrap(text, 31, 39) }
    func green(_ text: String) -> String { wrap(text, 32, 39) }
    func yellow(_ text: String) -> String { wrap(text, 33, 39) }
    func cyan(_ text: String) -> String { wrap(text, 36, 39) }

    private func wrap(_ text: String, _ on: Int, _ off: Int) -> String {
        hasColor && !text.isEmpty ? "\u{1b}[\(on)m\(text)\u{1b}[\(off)m" : text
    }

    var done: String { green(hasUnicode ? "✓" : "+") }
    var failed: String { red(hasUnicode ? "✗" : "x") }
    var running: String { cyan(hasUnicode ? "▸" : ">") }
    var left: String { dim(hasUnicode ? "–" : "-") }
    var warning: String { yellow("!") }
    var bar: String { dim(hasUnicode ? "│" : "|") }
    var ellipsis: String { hasUnicode ? "…" : "..." }
}

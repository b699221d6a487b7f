/// The last lines of a terminal, drawn again and again in place; what is above them scrolls.
///
/// Pure: every function gives the bytes to write. Only lines that differ are written.
struct LiveRegion {
    private var drawn: [String] = []

    /// Replaces what is shown by `lines`, none of which may be wider than the terminal.
    mutating func draw(_ lines: [String]) -> String {
        var text = ""
        if drawn.count > 0 { text += "\u{1b}[\(drawn.count)A\r" }
        for (index, line) in lines.enumerated() {
            let isSame = index < drawn.count && drawn[index] == line
            text += isSame ? "\n" : line + "\u{1b}[K\n"
        }
        if lines.count < drawn.count { text += "\u{1b}[J" }
        let isUnchanged = lines == drawn
        drawn = lines
        return isUnchanged ? "" : text
    }

    /// Takes the region away, so that something else can be written where it was.
    mutating func erase() -> String {
        guard !drawn.isEmpty else { return "" }
        let text = "\u{1b}[\(drawn.count)A\r\u{1b}[J"
        drawn = []
        return text
    }
}

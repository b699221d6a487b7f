import JSON

/// Picks the events of one step out of a run's.
package struct StepEventFilter: Sendable {
    private let mark: [UInt8]
    private let endMark: [UInt8]

    /// Unescaped quotation marks can't stand within a string, so this is never part of a step's output.
    package init(_ step: StepKey) {
        var mark = Array(#","step":"#.utf8)
        JSONText.append(step.text, to: &mark)
        self.mark = mark
        endMark = Array(#","kind":"\#(Event.Kind.Name.stepEnd.rawValue)","#.utf8)
    }

    /// The step's lines, and whether its last one is among them.
    package func pick(from lines: [UInt8]) -> (lines: [UInt8], hasEnded: Bool) {
        var picked: [UInt8] = []
        var hasEnded = false
        for line in lines.split(separator: UInt8(ascii: "\n")) where line.contains(mark) {
            picked += line
            picked.append(UInt8(ascii: "\n"))
            if line.contains(endMark) { hasEnded = true }
        }
        return (picked, hasEnded)
    }
}

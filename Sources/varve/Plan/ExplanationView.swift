import API
import Model

/// An explanation in lines of text: the verdict, what differs, and then what is the same.
struct ExplanationView {
    let style: Style
    let width: Int
    let now: Timestamp

    /// Facts that hold are many and say little: so many are shown.
    private static let mostHolding = 10

    func lines(_ explanation: Wire.Explanation) -> [String] {
        var lines = [verdict(explanation)]
        guard let nearest = explanation.nearest else { return lines }
        let maker = nearest.run.isEmpty ? "" : " made by \(nearest.run)"
        lines.append(
            "compared with snapshot \(nearest.snapshot)\(maker), "
                + HumanText.age(of: nearest.createdAt.timestamp, now: now))
        let changed = explanation.fields.filter(\.changed)
        let broken = explanation.facts.filter { !$0.holds }
        if !changed.isEmpty {
            lines += ["", style.bold("fields that differ")] + changed.flatMap(self.lines(changed:))
        }
        if !broken.isEmpty {
            lines += ["", style.bold("facts that do not hold")] + broken.flatMap(self.lines(broken:))
        }
        let same = explanation.fields.filter { !$0.changed }
        if !same.isEmpty { lines += ["", style.dim("fields that are the same")] + self.lines(same: same) }
        return lines + self.lines(holding: explanation.facts.filter(\.holds))
    }

    private func verdict(_ explanation: Wire.Explanation) -> String {
        let step = style.bold(explanation.step.text)
        switch explanation.cache {
        case .hit: return "\(step) is a \(style.green("hit")) on snapshot \(explanation.snapshot ?? "")"
        case .miss:
            let reason =
                explanation.reason.map { DisplayText.oneLine(HumanText.words($0)) } ?? "no reason given"
            return "\(step) \(style.yellow("would run")), \(reason)"
        }
    }

    private func lines(changed field: Wire.Explanation.Field) -> [String] {
        ["  \(DisplayText.oneLine(field.name))"]
            + block("-", style.red, field.before) + block("+", style.green, field.now)
    }

    private func lines(broken fact: Wire.Explanation.Fact) -> [String] {
        ["  \(path(fact.fact))"]
            + block("-", style.red, fact.fact.expected ?? "nothing")
            + block("+", style.green, fact.now ?? "nothing")
    }

    /// A value of several lines, such as a command, keeps them.
    private func block(_ sign: String, _ dress: (String) -> String, _ value: String?) -> [String] {
        guard let value else { return ["    " + dress("\(sign) (absent)")] }
        return value.split(separator: "\n", omittingEmptySubsequences: false).map {
            "    " + dress("\(sign) " + DisplayText.oneLine(String($0)))
        }
    }

    private func lines(same fields: [Wire.Explanation.Field]) -> [String] {
        let names = fields.map { DisplayText.oneLine($0.name) }
        // A long name moves its own value aside, not everyone's.
        let column = names.map(DisplayText.width).filter { $0 <= 32 }.max() ?? 0
        return zip(names, fields).map { name, field in
            let value = field.now.map(DisplayText.oneLine) ?? "(absent)"
            let text = "  \(DisplayText.pad(name, column)) \(value)"
            return style.dim(DisplayText.fit(text, width, ellipsis: style.ellipsis))
        }
    }

    private func lines(holding facts: [Wire.Explanation.Fact]) -> [String] {
        guard !facts.isEmpty else { return [] }
        var lines = ["", style.dim("facts that hold (\(facts.count))")]
        for fact in facts.prefix(Self.mostHolding) {
            let text = "  \(path(fact.fact)): \(fact.fact.expected ?? "nothing there")"
            lines.append(style.dim(DisplayText.fit(text, width, ellipsis: style.ellipsis)))
        }
        if facts.count > Self.mostHolding {
            lines.append(style.dim("  and \(facts.count - Self.mostHolding) more"))
        }
        return lines
    }

    private func path(_ fact: Wire.Fact) -> String {
        let place = fact.path.isEmpty ? "(workspace root)" : DisplayText.oneLine(fact.path)
        return fact.kind == .subtree ? "\(place) and all below it" : place
    }
}

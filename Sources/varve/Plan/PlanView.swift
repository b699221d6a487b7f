import API
import Model

/// A plan in lines of text, short whatever the number of steps: those that would run are grouped by why, and
/// below each stands what runs only because of it.
struct PlanView {
    let style: Style
    let width: Int

    /// Lines that describe steps which would run; beyond them every group gets one line, and then the rest
    /// are counted.
    private static let most = 30

    func lines(_ plan: Wire.Plan) -> [String] {
        let misses = plan.steps.filter { $0.cache == .miss }
        let hits = plan.steps.filter { $0.cache == .hit }
        let groups = Self.groups(misses)
        let detailed = groups.flatMap(detailed)
        var lines = [style.bold(headline(plan, misses: misses.count, hits: hits.count))]
        lines += detailed.count <= Self.most ? detailed : compact(groups)
        if !hits.isEmpty { lines += list("hit", style.green, hits.map(\.step.text), most: 4) }
        return lines
    }

    /// Steps with the same reason, and the steps that are executed only because one of them is.
    struct Group: Hashable {
        var steps: [StepKey]
        let reason: MissReason
        var followers: [StepKey] = []
    }

    /// In the plan's order; steps with the same code and detail are one group.
    static func groups(_ misses: [Wire.PlanStep]) -> [Group] {
        var groups: [Group] = []
        var groupOfStep: [StepKey: Int] = [:]
        for step in misses {
            let reason = step.reason ?? MissReason(.policyNone, "")
            if reason.code == .parentExecuted, let parent = step.parent, let index = groupOfStep[parent] {
                groups[index].followers.append(step.step)
                groupOfStep[step.step] = index
            } else if let index = groups.firstIndex(where: { $0.reason == reason }) {
                groups[index].steps.append(step.step)
                groupOfStep[step.step] = index
            } else {
                groupOfStep[step.step] = groups.count
                groups.append(Group(steps: [step.step], reason: reason))
            }
        }
        return groups
    }

    private func headline(_ plan: Wire.Plan, misses: Int, hits: Int) -> String {
        let total = HumanText.count(plan.steps.count, "step")
        let verdict =
            misses == 0
            ? "all hits"
            : hits == 0 ? "all would run" : "\(misses) would run, \(HumanText.count(hits, "hit"))"
        let revision = plan.revision.map { " on revision \(HumanText.short($0))" } ?? ""
        return "\(total)\(revision): \(verdict)"
    }

    private func detailed(_ group: Group) -> [String] {
        var lines = list("run", style.yellow, group.steps.map(\.text), most: 2)
        lines.append(
            "     " + style.dim(cut(HumanText.words(group.reason), width - 5)))
        if !group.followers.isEmpty {
            let names = DisplayText.wrap(group.followers.map(\.text), columns: width - 16, lines: 2)
            for (index, text) in names.enumerated() {
                lines.append("     " + (index == 0 ? style.dim("and below: ") : "           ") + text)
            }
        }
        return lines
    }

    /// One line for each of the first groups, and one for all others.
    private func compact(_ groups: [Group]) -> [String] {
        let shown = groups.count <= Self.most ? groups.count : Self.most - 1
        var lines = groups.prefix(shown).map { group in
            let others = group.steps.count + group.followers.count - 1
            let names = (group.steps.first?.text ?? "") + (others > 0 ? " and \(others) more" : "")
            let head = DisplayText.fit(names, width / 2, ellipsis: style.ellipsis)
            let room = max(0, width - 7 - DisplayText.width(head))
            let reason = cut(HumanText.words(group.reason), room)
            return "\(style.yellow("run"))  \(head)  \(style.dim(reason))"
        }
        let rest = groups.dropFirst(shown)
        guard !rest.isEmpty else { return lines }
        let counts = Dictionary(grouping: rest, by: \.reason.code).sorted { $0.key < $1.key }.map {
            code, groups in
            "\(code.rawValue) \(groups.reduce(0) { $0 + $1.steps.count + $1.followers.count })"
        }
        let text = "and more: \(counts.joined(separator: ", "))"
        lines.append("     " + DisplayText.fit(text, width - 5, ellipsis: style.ellipsis))
        return lines
    }

    private func cut(_ text: String, _ columns: Int) -> String {
        DisplayText.fit(DisplayText.oneLine(text), columns, ellipsis: style.ellipsis)
    }

    private func list(
        _ label: String, _ dress: (String) -> String, _ names: [String], most: Int
    ) -> [String] {
        DisplayText.wrap(names, columns: width - 5, lines: most).enumerated().map { index, text in
            (index == 0 ? dress(label) + "  " : "     ") + text
        }
    }
}

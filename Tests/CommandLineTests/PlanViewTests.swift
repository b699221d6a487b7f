import API
import Model
import Testing

@testable import varve

@Suite struct PlanViewTests {
    private func step(
        _ name: String, _ reason: MissReason?, parent: String? = nil
    ) throws -> Wire.PlanStep {
        Wire.PlanStep(
            step: try #require(StepKey(name)), cache: reason == nil ? .hit : .miss, reason: reason,
            snapshot: reason == nil ? "s" : nil, parent: parent.flatMap { StepKey($0) })
    }

    private func plan(_ steps: [Wire.PlanStep]) -> Wire.Plan { Wire.Plan(steps: steps, warnings: []) }

    private let view = PlanView(style: .plain, width: 80)

    @Test func `all hits are one short list`() throws {
        let lines = view.lines(plan([try step("a", nil), try step("b", nil)]))
        #expect(lines == ["2 steps: all hits", "hit  a, b"])
    }

    @Test func `what runs only because of another stands below it`() throws {
        let changed = MissReason(.identityChanged, "changed: command")
        let below = MissReason(.parentExecuted, "its parent is executed in this run")
        let lines = view.lines(
            plan([
                try step("base", nil), try step("deps", changed, parent: "base"),
                try step("build", below, parent: "deps"), try step("test", below, parent: "build"),
                try step("lint", MissReason(.policyNone, ""), parent: "base"),
            ]))
        #expect(
            lines == [
                "5 steps: 4 would run, 1 hit",
                "run  deps", "     identity-changed: changed: command", "     and below: build, test",
                "run  lint", "     policy-none",
                "hit  base",
            ])
    }

    @Test func `a hundred steps fit one screen, whatever they are`() throws {
        var mixed: [Wire.PlanStep] = []
        for index in 0..<100 {
            let reason: MissReason? =
                switch index % 4 {
                case 0: nil
                case 1: MissReason(.policyNone, "")
                case 2: MissReason(.workspaceConflict, "changed in the workspace: file-\(index).txt")
                default: MissReason(.parentExecuted, "its parent is executed in this run")
                }
            mixed.append(
                try step(
                    "a-rather-long-step-name-\(index)", reason, parent: "a-rather-long-step-name-\(index - 1)"
                ))
        }
        let lines = view.lines(plan(mixed))
        #expect(lines.count <= 36)
        for line in lines { #expect(DisplayText.width(line) <= 80) }
        #expect(lines[0] == "100 steps: 75 would run, 25 hits")
    }
}

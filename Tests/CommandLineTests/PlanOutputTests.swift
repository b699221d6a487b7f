import API
import JSON
import Model
import Testing

@testable import varve

@Suite struct `What is said of a plan` {
    private func output(as format: OutputFormat) throws -> PlanOutput {
        let steps = try ["a", "b"].map { name in
            Wire.PlanStep(
                step: try #require(StepKey(name)), cache: .miss, reason: MissReason(.policyNone, "detail"))
        }
        let warnings = [
            Warning(code: "no-match", detail: "‘src/*.x’ matches nothing"),
            Warning(code: "never-cached", detail: "two\nlines"),
        ]
        return try PlanOutput(
            Wire.Plan(steps: steps, warnings: warnings), as: format, PlanView(style: .plain, width: 80))
    }

    @Test(arguments: OutputFormat.allCases)
    func `has its warnings on standard error in both formats, a line each`(_ format: OutputFormat) throws {
        let warnings = try output(as: format).warnings
        #expect(warnings.count == 2 && warnings.first == "warning[no-match]: ‘src/*.x’ matches nothing")
        #expect(warnings.last?.hasPrefix("warning[never-cached]: ") == true)
        #expect(!warnings.contains { $0.contains("\n") })
    }

    @Test(arguments: OutputFormat.allCases)
    func `has none of them among the data`(_ format: OutputFormat) throws {
        #expect(!String(decoding: try output(as: format).data, as: UTF8.self).contains("no-match"))
    }

    @Test func `is one object per step and line, as JSON`() throws {
        let lines = try output(as: .json).data.split(separator: UInt8(ascii: "\n"))
        let steps = try lines.map { try JSONValue(parsing: Array($0))["step"]?.string }
        #expect(steps == ["a", "b"])
    }
}

import Model
import Pipelines
import Testing

struct HarmontFlatTests {
    private func command(_ key: String, _ more: String = "") -> String {
        #"{"type": "command", "key": "\#(key)", "cmd": "true"\#(more.isEmpty ? "" : ", " + more)}"#
    }

    private let wait = #"{"type": "wait"}"#
    private let tolerantWait = #"{"type": "wait", "continue_on_failure": true}"#

    private func dependencies(_ steps: String..., of key: String) throws -> [StepSpecification.Dependency]? {
        try Reading.pipeline(#"{"version": "0", "steps": [\#(steps.joined(separator: ","))]}"#)[key]?
            .orderOnly
    }

    private func dependency(_ key: String, evenIfFailed: Bool = false) throws -> StepSpecification.Dependency
    {
        .init(key: try #require(StepKey(key)), evenIfFailed: evenIfFailed)
    }

    @Test func `steps between two barriers don't wait for each other`() throws {
        let pipeline = try Reading.pipeline(
            Reading.flat(command("a"), command("b"), wait, command("c"), command("d")))
        #expect(pipeline["b"]?.orderOnly == [])
        #expect(pipeline["c"]?.waitsFor == ["a", "b"])
        #expect(pipeline["d"]?.waitsFor == ["a", "b"])
    }

    @Test func `behind several plain barriers, the stage before stands for all`() throws {
        #expect(
            try dependencies(command("a"), wait, command("b"), wait, wait, command("c"), of: "c")
                == [dependency("b")])
    }

    @Test func `behind a tolerant barrier, every earlier step is waited for, and may fail`() throws {
        #expect(
            try dependencies(command("a"), wait, command("b"), tolerantWait, command("c"), of: "c")
                == [dependency("a", evenIfFailed: true), dependency("b", evenIfFailed: true)])
    }

    @Test func `behind a plain barrier after a tolerant one, only the stage between must pass`() throws {
        #expect(
            try dependencies(command("a"), tolerantWait, command("b"), wait, command("c"), of: "c")
                == [dependency("a", evenIfFailed: true), dependency("b")])
    }

    @Test func `of barriers in a row, one tolerant one is enough`() throws {
        for barriers in [[wait, tolerantWait], [tolerantWait, wait]] {
            #expect(
                try dependencies(command("a"), barriers[0], barriers[1], command("b"), of: "b")
                    == [dependency("a", evenIfFailed: true)])
        }
    }

    @Test func `the step a step builds in is no order-only parent as well`() throws {
        let pipeline = try Reading.pipeline(
            Reading.flat(command("a"), command("b"), wait, command("c", #""builds_in": "a""#)))
        #expect(pipeline["c"]?.parent?.text == "a")
        #expect(pipeline["c"]?.waitsFor == ["b"])
    }

    @Test func `barriers at either end say nothing`() throws {
        #expect(try dependencies(wait, tolerantWait, command("a"), wait, of: "a") == [])
    }

    @Test func `a step may name further steps to wait for`() throws {
        #expect(
            try dependencies(command("a"), command("b", #""depends_on": ["a"]"#), of: "b") == [
                dependency("a")
            ])
    }

    @Test(arguments: [
        (#"{"key": "a", "cmd": "true"}"#, "steps[0]", "a step needs ‘type’"),
        (#"{"type": "block", "key": "a"}"#, "steps[0].type", "‘block’ is no known type of step"),
        (#"{"type": "command", "key": "a"}"#, "steps[0]", "a step needs ‘cmd’"),
        (#"{"type": "command", "cmd": "true"}"#, "steps[0]", "a step needs ‘key’"),
        (
            #"{"type": "command", "key": "a", "cmd": "true", "builds_in": "b"}"#, "steps[0].builds_in",
            "there is no step ‘b’"
        ),
        (
            #"{"type": "command", "key": "a", "cmd": "true", "builds_in": "a"}"#, "steps[0].key",
            "‘a’ waits for ‘a’"
        ),
        (
            #"{"type": "command", "key": "a", "cmd": "true", "builds_in": ["b", "c"]}"#, "steps[0].builds_in",
            "not in 2"
        ),
        (
            #"{"type": "command", "key": "a", "cmd": "true", "builds_in": 5}"#, "steps[0].builds_in",
            "there is no step ‘5’"
        ),
        (#"{"type": "wait", "continue_on_failure": "yes"}"#, "steps[0].continue_on_failure", "found ‘yes’"),
        (#"{"type": "wait"}"#, "steps", "the pipeline has no steps"),
        (#""a""#, "steps[0]", "expected a step, found ‘a’"),
    ])
    func `a bad step is refused at its place`(step: String, place: String, sentence: String) throws {
        let failure = try #require(Reading.failure(Reading.flat(step)))
        #expect(failure.detail.hasPrefix("\(place) (1:"))
        #expect(failure.detail.contains(sentence))
    }

    @Test func `a step before a barrier cannot build in one behind it`() {
        let failure = Reading.failure(Reading.flat(command("a", #""builds_in": "b""#), wait, command("b")))
        #expect(
            failure?.detail.contains("steps wait for each other: ‘a’ waits for ‘b’ waits for ‘a’") == true)
    }

    @Test func `barriers between thousands of steps are refused before they fill the memory`() throws {
        let steps = (0..<2000).map { #"{"type":"command","key":"s\#($0)","cmd":"true"}"# }
        let all = steps.prefix(1000) + [wait] + steps.suffix(1000)
        let failure = try #require(
            Reading.failure(#"{"version":"0","steps":[\#(all.joined(separator: ","))]}"#))
        #expect(failure.detail.hasPrefix("steps[1251] "))
        #expect(failure.detail.contains("250000 pairs of steps"))
    }
}

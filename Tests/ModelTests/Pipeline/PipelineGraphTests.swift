import Model
import TestSupport
import Testing

struct PipelineGraphTests {
    private func step(_ text: String, from parent: String? = nil, after others: [String] = []) throws
        -> StepSpecification
    {
        let base: StepSpecification.Base =
            if let parent { .step(try key(parent)) } else { .image(try ResourceName("base", kind: "image")) }
        var step = StepSpecification(key: try key(text), base: base, command: "true")
        step.orderOnly = try others.map { .init(key: try key($0)) }
        return step
    }

    @Test func `steps come after their parents, else in the document's order`() throws {
        let pipeline = try Pipeline(steps: [
            step("d", after: ["c"]), step("b"), step("c", from: "a"), step("a"), step("e"),
        ])
        #expect(pipeline.steps.map(\.key.text) == ["b", "a", "c", "d", "e"])
        #expect(pipeline.position(of: try key("c")) == 2)
        #expect(pipeline[try key("d")]?.key.text == "d")
        #expect(pipeline[try key("x")] == nil)
    }

    @Test func `a step is told the first below it that is never cached, and not what it only waits for`()
        throws
    {
        func cached(_ step: StepSpecification) -> StepSpecification {
            var step = step
            step.cache = .forever(environmentKeys: [])
            return step
        }
        let pipeline = try Pipeline(steps: [
            cached(try step("a")), step("b", from: "a"), step("c", from: "b"),
            cached(try step("d", from: "c")),
            step("x"), cached(try step("e", from: "a", after: ["x"])),
        ])
        #expect(pipeline.uncachedAncestors == [try key("c"): try key("b"), try key("d"): try key("b")])
    }

    @Test func `a target needs all it waits for, however far up, and nothing else`() throws {
        let pipeline = try Pipeline(steps: [
            step("a"), step("b", from: "a"), step("c", after: ["b"]), step("d", from: "a"),
            step("e", after: ["c"]),
        ])
        #expect(pipeline.needed(for: [try key("c")]) == Set(try ["a", "b", "c"].map(key)))
        #expect(pipeline.needed(for: []) == [])
    }

    @Test func `bad graphs are refused`() throws {
        let (a, b) = (try key("a"), try key("b"))
        #expect(throws: Pipeline.GraphProblem.duplicateKey(a)) {
            try Pipeline(steps: [step("a"), step("a")])
        }
        #expect(throws: Pipeline.GraphProblem.unknownParent(step: a, parent: b)) {
            try Pipeline(steps: [step("a", from: "b")])
        }
        #expect(throws: Pipeline.GraphProblem.unknownParent(step: a, parent: b)) {
            try Pipeline(steps: [step("a", after: ["b"])])
        }
        #expect(throws: Pipeline.GraphProblem.cycle([a])) { try Pipeline(steps: [step("a", after: ["a"])]) }
        #expect(throws: Pipeline.GraphProblem.cycle([a, b])) {
            try Pipeline(steps: [step("x", after: ["a"]), step("a", from: "b"), step("b", after: ["a"])])
        }
        let many = try (0...10_000).map { try step("s\($0)") }
        #expect(throws: Pipeline.GraphProblem.tooManySteps(10_001)) { try Pipeline(steps: many) }
    }

    @Test func `random graphs come out in order, and random cycles are true ones`() throws {
        var random = SplitMix(seed: 3)
        for round in 0..<200 {
            let count = Int.random(in: 1...12, using: &random)
            let places = Array(0..<count).shuffled(using: &random)
            var steps: [StepSpecification] = []
            for index in 0..<count {
                let candidates =
                    round.isMultiple(of: 2)
                    ? (0..<count).filter { places[$0] < places[index] } : Array(0..<count)
                let parents = candidates.shuffled(using: &random).prefix(
                    Int.random(in: 0...2, using: &random)
                ).map { "s\($0)" }
                steps.append(try step("s\(index)", from: parents.first, after: Array(parents.dropFirst())))
            }
            do {
                let pipeline = try Pipeline(steps: steps)
                for (position, step) in pipeline.steps.enumerated() {
                    #expect(step.parents.allSatisfy { (pipeline.position(of: $0) ?? .max) < position })
                }
                #expect(Set(pipeline.steps) == Set(steps))
            } catch .cycle(let keys) {
                #expect(!round.isMultiple(of: 2), "an acyclic graph was refused")
                for (step, parent) in zip(keys, keys.dropFirst() + keys.prefix(1)) {
                    #expect(steps.first { $0.key == step }?.parents.contains(parent) == true)
                }
            } catch {
                Issue.record("\(error)")
            }
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `the largest graphs are ordered soon`() throws {
        let fan = try [step("root")] + (1..<10_000).reversed().map { try step("s\($0)", from: "root") }
        #expect(try Pipeline(steps: fan).steps.map(\.key) == fan.map(\.key))
        let ring = try (0..<10_000).map { try step("s\($0)", from: "s\(($0 + 1) % 10_000)") }
        #expect(throws: Pipeline.GraphProblem.self) { try Pipeline(steps: ring) }
    }
}

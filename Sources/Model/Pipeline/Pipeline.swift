/// A checked graph of steps: keys are unique, every parent exists, and there is no cycle.
package struct Pipeline: Sendable, Hashable {
    /// In an order in which every step comes after its parents; among those free, in the order of the
    /// document.
    package let steps: [StepSpecification]
    package let timeout: TimeSpan?
    /// Things a reader of the document should know, such as members that are ignored.
    package let notices: [String]

    private let positions: [StepKey: Int]

    /// - Throws: `duplicateKey`, `unknownParent`, `cycle`, or `tooManySteps`.
    package init(
        steps unordered: [StepSpecification], timeout: TimeSpan? = nil, notices: [String] = []
    ) throws(GraphProblem) {
        guard unordered.count <= Pipeline.mostSteps else { throw .tooManySteps(unordered.count) }
        var byKey: [StepKey: Int] = [:]
        for (index, step) in unordered.enumerated() {
            guard byKey.updateValue(index, forKey: step.key) == nil else { throw .duplicateKey(step.key) }
        }
        for step in unordered {
            for parent in step.parents where byKey[parent] == nil {
                throw .unknownParent(step: step.key, parent: parent)
            }
        }
        let order = try Pipeline.topologicalOrder(unordered, byKey: byKey)
        steps = order.map { unordered[$0] }
        positions = Dictionary(uniqueKeysWithValues: steps.enumerated().map { ($1.key, $0) })
        self.timeout = timeout
        self.notices = notices
    }

    package static let mostSteps = 10_000

    package subscript(key: StepKey) -> StepSpecification? { positions[key].map { steps[$0] } }

    /// Where the step stands in `steps`.
    package func position(of key: StepKey) -> Int? { positions[key] }

    /// For each step that stands on one which is never cached, the first such from the root.
    package var uncachedAncestors: [StepKey: StepKey] {
        var ancestors: [StepKey: StepKey] = [:]
        for step in steps {
            guard let key = step.parent, let parent = self[key] else { continue }
            ancestors[step.key] = ancestors[key] ?? (parent.cache.mayHit ? nil : key)
        }
        return ancestors
    }

    /// The steps needed for `targets`: they and everything they wait for.
    package func needed(for targets: Set<StepKey>) -> Set<StepKey> {
        var needed = targets
        for step in steps.reversed() where needed.contains(step.key) { needed.formUnion(step.parents) }
        return needed
    }

    package enum GraphProblem: Error, Hashable, Sendable {
        case duplicateKey(StepKey)
        case unknownParent(step: StepKey, parent: StepKey)
        case cycle([StepKey])
        case tooManySteps(Int)
    }
}

extension StepSpecification {
    /// Every step this one waits for: the one it builds in first.
    package var parents: [StepKey] { (parent.map { [$0] } ?? []) + orderOnly.map(\.key) }
}

extension Pipeline: Codable {
    private enum CodingKeys: String, CodingKey { case steps, timeout, notices }

    /// What was encoded comes back in the same order.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            steps: try container.decode([StepSpecification].self, forKey: .steps),
            timeout: try container.decodeIfPresent(TimeSpan.self, forKey: .timeout),
            notices: try container.decode([String].self, forKey: .notices))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(steps, forKey: .steps)
        try container.encodeIfPresent(timeout, forKey: .timeout)
        try container.encode(notices, forKey: .notices)
    }
}

import Foundation
import TestSupport

/// A random graph of steps, and behind each of them one that shows what it left behind.
///
/// A hit has no log and its view may be anything: what shows it is a child of it that is never cached.
struct RandomPipeline {
    /// Which steps a history is made of.
    enum Kind: CaseIterable {
        /// Any deterministic step, under policies that look at the whole workspace.
        case reading
        /// Steps whose result depends only on what they also write, under every policy.
        case selfContained
        /// Both, on top of each other.
        case mixed
    }

    struct Step {
        var key: String
        var parent: String?
        var script: String
        var cache: Cache
    }

    indirect enum Cache {
        case none, forever, workspace, timeToLive(String), onChange([String]), all([Cache])
    }

    let steps: [Step]

    init(_ kind: Kind, using random: inout SplitMix) {
        var steps: [Step] = []
        var grounds: [String: StepGround] = [:]
        for number in 1...Int.random(in: 3...6, using: &random) {
            let key = "s\(number)"
            // Mostly chains, now and then a fork or a further root.
            let parent: Step? =
                random.chance(10)
                ? nil : random.chance(70) ? steps.last : steps.randomElement(using: &random)
            let isReading =
                switch kind {
                case .reading: true
                case .selfContained: false
                case .mixed: random.chance(40)
                }
            if isReading {
                let step = ReadingStep(key: key, using: &random)
                let cache: Cache = random.one(of: .workspace, .onChange(["**"]), .workspace)
                steps.append(Step(key: key, parent: parent?.key, script: step.script, cache: cache))
                grounds[key] = .nothing
            } else {
                let ground = parent.map { grounds[$0.key] ?? .nothing } ?? StepGround()
                let step = SelfContainedStep(on: ground, key: key, using: &random)
                let cache = Self.anyPolicy(using: &random)
                steps.append(Step(key: key, parent: parent?.key, script: step.script, cache: cache))
                grounds[key] = step.ground
            }
        }
        self.steps = steps
    }

    private static func anyPolicy(using random: inout SplitMix) -> Cache {
        switch Int.random(in: 0..<20, using: &random) {
        case 0: .none
        case 1...3: .timeToLive("24h")
        case 4...6: .onChange([random.one(of: "a", "lib", "**/x", "kept", "missing")])
        case 7: .workspace
        case 8, 9: .all([.timeToLive("1h30m"), .onChange([random.one(of: "b", "lib/*")])])
        default: .forever
        }
    }

    /// The name of the step that shows what `step` left.
    static func view(of step: String) -> String { "view-\(step)" }

    /// The name of the step that shows the source as it came in.
    static let sourceView = "view"

    /// As a document in Varve's own format.
    func document() throws -> String {
        var written = [step(Self.sourceView, after: nil, WorkspaceView.script, .none)]
        for step in steps {
            written.append(self.step(step.key, after: step.parent, step.script, step.cache))
            written.append(
                self.step(Self.view(of: step.key), after: step.key, WorkspaceView.script, .none))
        }
        let document: [String: any Sendable] = ["version": 1, "image": "busybox", "steps": written]
        let data = try JSONSerialization.data(
            withJSONObject: document, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
        return String(decoding: data, as: UTF8.self)
    }

    private func step(
        _ key: String, after parent: String?, _ script: String, _ cache: Cache
    ) -> [String: any Sendable] {
        var members: [String: any Sendable] = [
            "key": key, "run": script, "network": "none", "cache": cache.value,
        ]
        members["from"] = parent
        return members
    }
}

extension RandomPipeline.Cache {
    fileprivate var value: any Sendable {
        switch self {
        case .none: "none"
        case .forever: "forever"
        case .workspace: "workspace"
        case .timeToLive(let duration): ["ttl": duration]
        case .onChange(let paths): ["on_change": paths]
        case .all(let parts): ["all": parts.map(\.value)]
        }
    }
}

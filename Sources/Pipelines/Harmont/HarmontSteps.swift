import Model

/// The flat form: a list of commands and `wait` barriers; all steps after a barrier wait for all before it.
struct HarmontSteps {
    private let list: DocumentCursor
    private let environment: [String: String]
    private let rootImage: ResourceName

    /// - Parameter environment: the pipeline's own, below each step's.
    init(_ list: DocumentCursor, environment: [String: String], rootImage: ResourceName) {
        self.list = list
        self.environment = environment
        self.rootImage = rootImage
    }

    func pipeline(_ begun: PipelineAssembly) throws(Failure) -> Pipeline {
        var assembly = begun
        var barriers = BarrierOrder()
        let steps = try list.elements("a list of steps")
        try PipelineAssembly.checkCount(steps, of: list)
        for step in steps {
            let members = try step.mapping("a step")
            let type = try members.required("type", of: "a step")
            switch try type.text("a step's type") {
            case "command":
                var draft = try draft(of: members, &assembly.notices)
                try barriers.append(&draft, at: step)
                try assembly.add(draft, at: step)
            case "wait":
                let known: Set = ["type", "continue_on_failure"]
                try HarmontMembers.check(members, known: known, what: "a wait", &assembly.notices)
                let isTolerant = try members["continue_on_failure"]?.flag("true or false") ?? false
                barriers.wait(evenIfFailed: isTolerant)
            default:
                throw type.failure("\(type.found) is no known type of step", fix: "write ‘command’ or ‘wait’")
            }
        }
        return try assembly.pipeline(steps: list)
    }

    private func draft(
        of members: DocumentMapping, _ notices: inout NoticeBoard
    ) throws(Failure) -> StepDraft {
        let step = HarmontStep(members, additionally: ["type", "builds_in", "depends_on"])
        var draft = try step.draft(rootImage: rootImage, &notices)
        let own = try members["env"]?.environment() ?? [:]
        draft.specification.environment = environment.merging(own) { _, own in own }
        if let parent = members["builds_in"] {
            if case .sequence(let several) = parent.value.content, several.count > 1 {
                throw parent.failure(
                    "a step builds in one step, not in \(several.count)",
                    fix: "keep one, and put a ‘wait’ before the step")
            }
            let key = try parent.stepKey()
            HarmontStep.stack(&draft, on: key, &notices)
            draft.references.append(.init(key: key, cursor: parent))
        }
        for parent in try members["depends_on"]?.elements("a list of step keys") ?? [] {
            let key = try parent.stepKey()
            draft.references.append(.init(key: key, cursor: parent))
            draft.specification.orderOnly.append(.init(key: key))
        }
        return draft
    }
}

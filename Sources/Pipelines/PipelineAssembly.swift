import Model

/// Makes a checked graph of the steps that were read, or says at which place of the document it is none.
struct PipelineAssembly {
    var drafts: [StepDraft] = []
    var timeout: TimeSpan?
    var notices: NoticeBoard
    private var variables = 0
    private var variableBytes = 0

    init(notices: NoticeBoard = NoticeBoard()) { self.notices = notices }

    /// What is set for all steps is in each step's environment: a short document can be a large pipeline.
    private static let mostVariables = 250_000
    private static let mostVariableBytes = 32 << 20

    /// Takes in the next step.
    ///
    /// - Parameter place: of the step, named when with it the pipeline has too many variables.
    mutating func add(_ draft: StepDraft, at place: DocumentCursor) throws(Failure) {
        let environment = draft.specification.environment
        variables += environment.count
        variableBytes += environment.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
        guard variables <= Self.mostVariables, variableBytes <= Self.mostVariableBytes else {
            throw place.failure(
                "up to this step, the pipeline's environments come to \(variables) variables of "
                    + "\(variableBytes) bytes; at most \(Self.mostVariables) of "
                    + "\(Self.mostVariableBytes) bytes are taken",
                fix: "set variables in the steps that use them, or have them read a file of the workspace")
        }
        drafts.append(draft)
    }

    /// - Parameter steps: the list the drafts come from, named when the graph as a whole is wrong.
    func pipeline(steps: DocumentCursor) throws(Failure) -> Pipeline {
        guard !drafts.isEmpty else {
            throw steps.failure("the pipeline has no steps", fix: "add at least one step")
        }
        let known = try keys()
        for reference in drafts.lazy.flatMap(\.references) where known[reference.key] == nil {
            throw unknownStep(reference, known: known)
        }
        do {
            return try Pipeline(steps: drafts.map(\.specification), timeout: timeout, notices: notices.lines)
        } catch {
            throw failure(for: error, known: known, steps: steps)
        }
    }

    /// Refuses a longer list before anything is made of its elements.
    static func checkCount(_ steps: [DocumentCursor], of list: DocumentCursor) throws(Failure) {
        guard steps.count <= Pipeline.mostSteps else { throw tooManySteps(steps.count, list) }
    }

    private func keys() throws(Failure) -> [StepKey: DocumentCursor] {
        var known: [StepKey: DocumentCursor] = [:]
        for draft in drafts {
            let key = draft.specification.key
            if let first = known.updateValue(draft.keyCursor, forKey: key) {
                throw draft.keyCursor.failure(
                    "the key ‘\(key)’ is taken by \(DocumentCursor.place(of: first))",
                    fix: "give each step a key of its own")
            }
        }
        return known
    }

    private func unknownStep(_ reference: StepDraft.Reference, known: [StepKey: DocumentCursor]) -> Failure {
        let nearest = NearestName.nearest(to: reference.key.text, among: known.keys.map(\.text).sorted())
        return reference.cursor.failure(
            "there is no step ‘\(reference.key)’",
            fix: nearest.map { "did you mean ‘\($0)’? Name the key of a step of this pipeline" }
                ?? "name the key of a step of this pipeline")
    }

    private func failure(
        for problem: Pipeline.GraphProblem, known: [StepKey: DocumentCursor], steps: DocumentCursor
    ) -> Failure {
        switch problem {
        case .duplicateKey(let key):
            return (known[key] ?? steps).failure(
                "the key ‘\(key)’ is taken", fix: "give each step a key of its own")
        case .unknownParent(let step, let parent):
            return (known[step] ?? steps).failure(
                "there is no step ‘\(parent)’", fix: "name the key of a step")
        case .cycle(let keys):
            let first = keys.first.flatMap { known[$0] } ?? steps
            return first.failure(
                "steps wait for each other: \(PipelineAssembly.chain(keys))",
                fix: "remove one of these dependencies")
        case .tooManySteps(let count):
            return PipelineAssembly.tooManySteps(count, steps)
        }
    }

    /// `a ← b ← a`: each waits for the next. Long cycles are shortened in the middle.
    private static func chain(_ keys: [StepKey]) -> String {
        let closed = keys.map { "‘\($0)’" } + keys.prefix(1).map { "‘\($0)’" }
        let shown = closed.count > 8 ? closed.prefix(4) + ["…"] + closed.suffix(3) : closed[...]
        return shown.joined(separator: " waits for ")
    }

    private static func tooManySteps(_ count: Int, _ list: DocumentCursor) -> Failure {
        list.failure(
            "the pipeline has \(count) steps; at most \(Pipeline.mostSteps) are taken",
            fix: "split the pipeline")
    }
}

extension DocumentCursor {
    /// Path and position without anything said about it.
    fileprivate static func place(of cursor: DocumentCursor) -> String {
        cursor.path.description + (cursor.value.position.map { " (\($0))" } ?? "")
    }
}

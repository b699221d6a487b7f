import Model

/// Makes a checked graph of the steps that were read, or says at which place of the document it is none.
struct PipelineAssembly {
    var drafts: [StepDraft] = []
    var timeout: TimeSpan?
    var notices = NoticeBoard()

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

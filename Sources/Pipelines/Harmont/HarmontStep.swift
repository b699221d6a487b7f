import Model

/// A command step of Harmont IR, with what both forms say in the same way.
struct HarmontStep {
    private let members: DocumentMapping
    private let known: Set<String>

    /// - Parameter additionally: members that only one of the forms has, read by the caller.
    init(_ members: DocumentMapping, additionally: Set<String> = []) {
        self.members = members
        known = HarmontStep.common.union(additionally)
    }

    private static let common: Set<String> = [
        "key", "label", "cmd", "image", "env", "timeout_seconds", "cache", "runner", "runner_args",
    ]

    /// The step as a root; `stack` puts it on another. Its environment is the caller's business.
    func draft(rootImage: ResourceName, _ notices: inout NoticeBoard) throws(Failure) -> StepDraft {
        try HarmontMembers.check(members, known: known, what: "a step", &notices)
        let keyCursor = try members.required("key", of: "a step")
        let command = try members.required("cmd", of: "a step").processText("a command")
        let image = try members["image"]?.image() ?? rootImage
        var step = StepSpecification(key: try keyCursor.stepKey(), base: .image(image), command: command)
        step.label = try members["label"]?.label()
        step.timeout = try members["timeout_seconds"]?.seconds()
        if let cache = try members["cache"]?.mapping("a cache policy") {
            let policy = try HarmontCachePolicy(cache)
            step.cache = try policy.policy(&notices)
            step.clientKey = policy.clientKey
        }
        if let runner = members["runner"] {
            notices.post("‘runner’ is ignored: Varve runs every step itself", at: runner.path)
        }
        return StepDraft(
            specification: step, keyCursor: keyCursor, references: [],
            ownImage: members["image"].map(\.path))
    }

    /// Makes `draft` build in `parent`, whose file system wins over an image of its own, as with Harmont.
    static func stack(_ draft: inout StepDraft, on parent: StepKey, _ notices: inout NoticeBoard) {
        draft.specification.base = .step(parent)
        if let image = draft.ownImage {
            notices.post("‘image’ is ignored: the step builds in another one", at: image)
        }
    }
}

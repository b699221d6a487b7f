package import Model

/// Reads the one step of a request for a lease: a step of Varve's own format with `cmd` for its command, and
/// an image or a parent snapshot to stand on. `cache` may have the form it has in Harmont IR, and what a step of that says
/// to whoever runs it is read over, so that a host can hand on the node it has.
package struct LeasedStepReader: Sendable {
    /// The step, and the snapshot it stands on if it is no image.
    package struct Document: Sendable {
        package let step: StepSpecification
        package let parent: String?
        /// What a reader of the document should know, one line each.
        package let notices: [String]
    }

    private let defaultImage: String

    package init(defaultImage: String) { self.defaultImage = defaultImage }

    /// - Parameter workspace: where the step's workspace is, from the root and without a leading slash.
    /// - Throws: `pipeline-invalid`, with the place in the step.
    package func read(_ text: String, workspace: EntryPath) throws(Failure) -> Document {
        let members = try DocumentCursor(try DocumentValue(text: text)).mapping("a step")
        try VarveFields.leasedStep.check(members)
        let parent = try members["parent"]?.text("a snapshot")
        if parent != nil, let image = members["image"] {
            throw image.failure(
                "a step has either ‘image’ or ‘parent’: its file system stands on one of them",
                fix: "remove one of the two")
        }
        let key = try members.required("key", of: "a step").stepKey()
        let command = try VarveStep.command(try members.required("cmd", of: "a step"))
        let image = try members.image("image", default: defaultImage)
        var step = StepSpecification(key: key, base: .image(image), command: command)
        try VarveStep(members).declare(in: &step, environment: [:])
        step.label = try members["label"]?.label()
        var notices = NoticeBoard()
        if let cache = members["cache"] { try read(cache, into: &step, &notices) }
        for name in ["timeout_seconds", "runner", "runner_args"] {
            guard let member = members[name] else { continue }
            notices.post("‘\(name)’ is ignored: who has the lease runs the step", at: member.path)
        }
        if let mounts = members["mounts"] {
            step.mounts = try VarveMounts(mounts, workspace: workspace).mounts(of: step, notices: &notices)
            if let secret = step.mounts.first(where: \.isSecret) {
                throw mounts.failure(
                    "a leased step has no secrets, and \(secret.title) is one",
                    fix: "give it to the command yourself: its bundle is yours")
            }
        }
        return Document(step: step, parent: parent, notices: notices.lines)
    }

    private func read(
        _ cache: DocumentCursor, into step: inout StepSpecification, _ notices: inout NoticeBoard
    ) throws(Failure) {
        guard case .mapping = cache.value.content, let members = try? cache.mapping("a cache policy"),
            members["policy"] != nil
        else {
            step.cache = try VarveCachePolicy(cache).policy()
            return
        }
        let policy = try HarmontCachePolicy(members)
        step.cache = try policy.policy(&notices)
        step.clientKey = policy.clientKey
    }
}

extension StepMount {
    fileprivate var isSecret: Bool {
        if case .secret = self { true } else { false }
    }
}

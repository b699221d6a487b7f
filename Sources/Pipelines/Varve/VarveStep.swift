import Model

/// A step in Varve's own format.
struct VarveStep {
    private let members: DocumentMapping

    init(_ members: DocumentMapping) {
        self.members = members
    }

    /// - Parameters:
    ///   - environment: the pipeline's own, below the step's.
    ///   - notices: gets what a reader of the document should know.
    func draft(
        environment: [String: String], rootImage: ResourceName, notices: inout NoticeBoard
    ) throws(Failure) -> StepDraft {
        try VarveFields.step.check(members)
        let keyCursor = try members.required("key", of: "a step")
        let key = try keyCursor.stepKey()
        let command = try VarveStep.command(try members.required("run", of: "a step"))
        let parent = try parent()
        let image = try members["image"]?.image() ?? rootImage
        let base = parent.map { StepSpecification.Base.step($0.key) } ?? .image(image)
        var step = StepSpecification(key: key, base: base, command: command)
        let after = try after()
        step.orderOnly = after.lazy.filter { $0.key != parent?.key }.map { .init(key: $0.key) }
        try declare(in: &step, environment: environment)
        if let cache = members["cache"] { step.cache = try VarveCachePolicy(cache).policy() }
        step.passEnvironment = try members["pass_env"]?.variableNames() ?? []
        step.timeout = try members["timeout"]?.timeSpan()
        step.outputs = try members["outputs"]?.globs() ?? []
        if let mounts = members["mounts"] {
            step.mounts = try VarveMounts(mounts).mounts(of: step, notices: &notices)
        }
        return StepDraft(
            specification: step, keyCursor: keyCursor, references: (parent.map { [$0] } ?? []) + after)
    }

    static func command(_ member: DocumentCursor) throws(Failure) -> String {
        let command = try member.processText("a command")
        guard !command.allSatisfy(\.isWhitespace) else {
            throw member.failure("the command is empty", fix: "write a shell command; ‘true’ does nothing")
        }
        return command
    }

    /// Puts in how the command is run, whoever runs it; when it need not run is another matter.
    ///
    /// - Parameter environment: below the step's own.
    func declare(in step: inout StepSpecification, environment: [String: String]) throws(Failure) {
        let own = try members["env"]?.environment() ?? [:]
        step.environment = environment.merging(own) { _, own in own }
        step.user = try members["user"]?.user()
        step.workspace = try choice("workspace") ?? .readWrite
        step.network = try choice("network") ?? .private
        if let limits = members["limits"] { step.limits = try VarveLimits(limits).limits() }
    }

    private func parent() throws(Failure) -> StepDraft.Reference? {
        guard let from = members["from"] else { return nil }
        if case .sequence(let several) = from.value.content {
            throw from.failure(
                "a step builds in one step, not in a list of \(several.count)",
                fix: "name one step in ‘from’, and list others to wait for in ‘after’")
        }
        if let image = members["image"] {
            throw image.failure(
                "a step has either ‘image’ or ‘from’: its file system stands on one of them",
                fix: "remove one of the two")
        }
        return StepDraft.Reference(key: try from.stepKey(), cursor: from)
    }

    /// Each step once, in the order of the document.
    private func after() throws(Failure) -> [StepDraft.Reference] {
        var references: [StepDraft.Reference] = []
        var seen: Set<StepKey> = []
        for element in try members["after"]?.elements("a list of step keys") ?? [] {
            let key = try element.stepKey()
            if seen.insert(key).inserted { references.append(.init(key: key, cursor: element)) }
        }
        return references
    }

    private func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ name: String
    ) throws(Failure) -> Choice? {
        guard let member = members[name] else { return nil }
        guard let choice = Choice(rawValue: try member.text("a word")) else {
            let words = Choice.allCases.map { "‘\($0.rawValue)’" }.joined(separator: ", ")
            throw member.failure("\(member.found) is no \(name) mode", fix: "use one of \(words)")
        }
        return choice
    }
}

extension DocumentCursor {
    /// Positive, written with units.
    func timeSpan() throws(Failure) -> TimeSpan {
        guard let span = TimeSpan(try text("a duration")) else {
            throw failure(
                "\(found) is no duration",
                fix: "write numbers with ms, s, m, h or d, such as ‘90s’ or ‘1h30m’")
        }
        guard span.milliseconds > 0 else {
            throw failure(
                "a duration of \(found) has no meaning here", fix: "write a longer one, or leave it out")
        }
        return span
    }

    /// A name or number of the image's passwd, with a group after `:` if wanted.
    fileprivate func user() throws(Failure) -> String {
        let text = try text("a user")
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        let isValid =
            parts.count <= 2 && text.utf8.count <= 256
            && parts.allSatisfy { part in
                !part.isEmpty && part.utf8.allSatisfy { $0 > 32 && $0 != 127 && $0 != UInt8(ascii: "/") }
            }
        guard isValid else {
            throw failure(
                "\(found) is no user", fix: "write a name or a number, with a group after ‘:’ if it matters")
        }
        return text
    }
}

import Model

/// The `mounts` of a step in Varve's own format.
struct VarveMounts {
    private let cursor: DocumentCursor
    private let workspace: EntryPath

    /// - Parameter workspace: where the step's workspace is, from the root and without a leading slash.
    init(_ cursor: DocumentCursor, workspace: EntryPath = StepPath.usualWorkspace.entry) {
        self.cursor = cursor
        self.workspace = workspace
    }

    func mounts(
        of step: StepSpecification, notices: inout NoticeBoard
    ) throws(Failure) -> [StepMount] {
        var mounts: [StepMount] = []
        var variables = Set(step.environment.keys).union(step.passEnvironment)
        for element in try cursor.elements("a list of mounts") {
            let mount = try mount(element, notices: &notices)
            if case .secret(let secret) = mount, let variable = secret.variable,
                !variables.insert(variable).inserted
            {
                throw element.failure(
                    "the environment variable \(variable) of \(mount.title) has another value already",
                    fix: "give the secret a variable of its own")
            }
            mounts.append(mount)
        }
        do throws(MountRule.Problem) {
            try MountRule.check(mounts)
        } catch {
            throw cursor.failure(error.sentence, fix: error.fix)
        }
        return mounts
    }

    private func mount(
        _ element: DocumentCursor, notices: inout NoticeBoard
    ) throws(Failure) -> StepMount {
        let members = try element.mapping("a mount")
        let kinds = ["volume", "secret", "tmpfs"].filter { members.names.contains($0) }
        guard kinds.count == 1 else {
            throw element.failure(
                kinds.isEmpty
                    ? "a mount is a volume, a secret or a tmpfs"
                    : "a mount is one of \(kinds.joined(separator: " and ")), not both",
                fix: "write ‘volume: NAME’, ‘secret: NAME’ or ‘tmpfs: /DIRECTORY’ for each")
        }
        switch kinds[0] {
        case "volume": return .volume(try volume(members, notices: &notices))
        case "secret": return .secret(try VarveMounts.secret(members))
        default: return .temporary(try temporary(members))
        }
    }

    private func volume(
        _ members: DocumentMapping, notices: inout NoticeBoard
    ) throws(Failure) -> VolumeMount {
        try VarveFields.volume.check(members)
        let named = try members.required("volume", of: "a volume")
        let name: ResourceName
        do throws(Failure) {
            name = try ResourceName(try named.text("a volume's name"), kind: "volume")
        } catch {
            throw named.failure(error.detail, fix: error.fix)
        }
        var volume = VolumeMount(name: name, targets: try targets(members))
        volume.over = try members["over"]?.word() ?? .image
        volume.write = try members["write"]?.word() ?? .last
        volume.key = try members["key"]?.volumeKey()
        for element in try members["restore_keys"]?.elements("a list of keys") ?? [] {
            let key = try element.volumeKey()
            if key.endsInsideWord {
                notices.post(
                    "a restore key that ends in a letter or digit is the beginning of longer words too: "
                        + "‘node-1’ finds ‘node-10’; end it with ‘-’",
                    at: element.path)
            }
            volume.restoreKeys.append(key)
        }
        guard volume.restoreKeys.count <= VolumeMount.mostRestoreKeys else {
            throw members.cursor.failure(
                "a volume has at most \(VolumeMount.mostRestoreKeys) restore keys", fix: "leave some out")
        }
        if volume.key == nil, let restore = members["restore_keys"] {
            throw restore.failure(
                "restore keys go with a ‘key’", fix: "add one; without a key the latest version is taken")
        }
        if let commands = members["quiesce"] { volume.quiesce = try VarveMounts.quiesce(commands) }
        return volume
    }

    private static func quiesce(_ member: DocumentCursor) throws(Failure) -> VolumeMount.Quiesce {
        let members = try member.mapping("commands")
        try VarveFields.quiesce.check(members)
        let commands = VolumeMount.Quiesce(
            before: try members["before"]?.quiesceCommand(), after: try members["after"]?.quiesceCommand())
        guard commands.before != nil || commands.after != nil else {
            throw member.failure(
                "‘quiesce’ has no command", fix: "give it a ‘before’, an ‘after’ or both, or leave it out")
        }
        return commands
    }

    /// One `path`, or several `paths` with one version.
    private func targets(_ members: DocumentMapping) throws(Failure) -> [EntryPath] {
        switch (members["path"], members["paths"]) {
        case (let path?, nil): return [try path.target(below: workspace)]
        case (nil, let paths?):
            let elements = try paths.elements("a list of directories")
            guard (1...VolumeMount.mostTargets).contains(elements.count) else {
                throw paths.failure(
                    "a volume has 1 to \(VolumeMount.mostTargets) paths, not \(elements.count)",
                    fix: "list the directories that belong together")
            }
            var targets: [EntryPath] = []
            for element in elements {
                let target = try element.target(below: workspace)
                guard !targets.contains(target) else {
                    throw element.failure("/\(target) is listed twice", fix: "remove one of them")
                }
                targets.append(target)
            }
            return targets
        default:
            throw members.cursor.failure(
                "a volume has either ‘path’ or ‘paths’", fix: "write ‘path: /DIRECTORY’ for one directory")
        }
    }

    private static func secret(_ members: DocumentMapping) throws(Failure) -> SecretMount {
        try VarveFields.secret.check(members)
        let named = try members.required("secret", of: "a secret")
        let name = try named.text("a secret's name")
        guard SecretMount.isName(name) else {
            throw named.failure(
                "\(named.found) is no name of a secret",
                fix: "use \(SecretMount.nameRule)")
        }
        return SecretMount(name: name, variable: try members["env"]?.variableName())
    }

    private func temporary(_ members: DocumentMapping) throws(Failure) -> TemporaryMount {
        try VarveFields.temporary.check(members)
        let target = try members.required("tmpfs", of: "a tmpfs")
        return TemporaryMount(
            target: try target.target(below: workspace), size: try members["size"]?.byteSize())
    }
}

extension DocumentCursor {
    /// A directory of the step that something can be mounted on.
    fileprivate func target(below workspace: EntryPath) throws(Failure) -> EntryPath {
        do throws(MountRule.Problem) {
            return try MountRule.target(try textOrNothing(), workspace: workspace)
        } catch {
            throw failure(error.sentence, fix: error.fix)
        }
    }

    private func textOrNothing() throws(MountRule.Problem) -> String {
        guard case .scalar(let text, _) = value.content else { throw .relative(found) }
        return text
    }

    fileprivate func quiesceCommand() throws(Failure) -> String {
        let command = try VarveStep.command(self)
        guard command.utf8.count <= VolumeMount.Quiesce.longest else {
            throw failure(
                "the command is longer than \(VolumeMount.Quiesce.longest) bytes",
                fix: "put it into a script, and call that")
        }
        return command
    }

    fileprivate func volumeKey() throws(Failure) -> VolumeKey {
        let text = try text("a key")
        do throws(VolumeKey.Problem) {
            return try VolumeKey(text)
        } catch {
            throw failure(
                error.sentence,
                fix: "write text, with ${{ hashFiles('GLOB') }} where it depends on files of the workspace")
        }
    }

    fileprivate func word<Choice: RawRepresentable<String> & CaseIterable>() throws(Failure) -> Choice {
        guard let choice = Choice(rawValue: try text("a word")) else {
            let words = Choice.allCases.map { "‘\($0.rawValue)’" }.joined(separator: ", ")
            throw failure("\(found) is not known here", fix: "use one of \(words)")
        }
        return choice
    }
}

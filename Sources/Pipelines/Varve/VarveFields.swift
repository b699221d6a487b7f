import Model

/// The names Varve's own format has in one kind of mapping; any other is an error.
struct VarveFields {
    /// The mapping's kind with its article, for messages.
    let what: String
    let names: [String]
    /// Those of `names` that hold a list or a mapping, which may be left empty.
    var collections: Set<String> = []
    /// Names of other tools, and what they are called here.
    var synonyms: [String: String] = [:]

    /// Refuses names that are not in the format, and names without a value: neither may silently mean the
    /// default.
    func check(_ mapping: DocumentMapping) throws(Failure) {
        for name in mapping.names where !names.contains(name) {
            let list = names.map { "‘\($0)’" }.joined(separator: ", ")
            let meant = synonyms[name] ?? NearestName.nearest(to: name, among: names)
            throw mapping.failure(
                atName: name, "\(what) has no field ‘\(DocumentPath.abridged(name))’",
                fix: meant.map { "did you mean ‘\($0)’? The fields are \(list)" } ?? "use one of \(list)")
        }
        for (name, value) in mapping.all where value.isNull && !collections.contains(name) {
            throw mapping.failure(
                atName: name, "‘\(name)’ has no value", fix: "give it one, or remove the field")
        }
    }

    static let pipeline = VarveFields(
        what: "a pipeline", names: ["version", "image", "env", "steps"], collections: ["env"],
        synonyms: ["default_image": "image", "environment": "env", "jobs": "steps", "stages": "steps"])

    static let step = VarveFields(
        what: "a step",
        names: [
            "key", "image", "from", "after", "run", "env", "pass_env", "cache", "user", "timeout",
            "workspace",
            "network", "limits", "outputs", "mounts",
        ],
        collections: ["after", "env", "pass_env", "limits", "outputs", "mounts"],
        synonyms: [
            "volumes": "mounts", "caches": "mounts",
            "name": "key", "id": "key", "builds_in": "from", "parent": "from", "depends_on": "after",
            "needs": "after",
            "cmd": "run", "command": "run", "script": "run", "environment": "env", "secrets": "pass_env",
            "timeout_seconds": "timeout", "artifacts": "outputs",
        ])

    static let leasedStep = VarveFields(
        what: "a leased step",
        names: [
            "key", "image", "parent", "cmd", "env", "cache", "user", "workspace", "network", "limits",
            "mounts", "label", "timeout_seconds", "runner", "runner_args",
        ],
        collections: ["env", "limits", "mounts", "runner_args"],
        synonyms: [
            "name": "key", "id": "key", "from": "parent", "run": "cmd", "command": "cmd", "script": "cmd",
            "environment": "env", "volumes": "mounts", "caches": "mounts",
        ])

    static let volume = VarveFields(
        what: "a volume",
        names: ["volume", "path", "paths", "key", "restore_keys", "over", "write", "quiesce"],
        collections: ["restore_keys"],
        synonyms: [
            "name": "volume", "target": "path", "restore-keys": "restore_keys", "mode": "write",
            "readonly": "write",
        ])

    static let quiesce = VarveFields(
        what: "‘quiesce’", names: ["before", "after"],
        synonyms: ["pre": "before", "post": "after", "stop": "before", "start": "after"])

    static let secret = VarveFields(
        what: "a secret", names: ["secret", "env"], synonyms: ["name": "secret", "id": "secret"])

    static let temporary = VarveFields(
        what: "a tmpfs", names: ["tmpfs", "size"], synonyms: ["path": "tmpfs", "target": "tmpfs"])

    static let limits = VarveFields(
        what: "the limits", names: ["memory", "cpus", "pids", "disk", "log"],
        synonyms: ["cpu": "cpus", "processes": "pids", "ram": "memory"])

    static let cache = VarveFields(
        what: "a cache policy", names: ["ttl", "on_change", "all"],
        synonyms: ["compose": "all", "paths": "on_change", "duration_seconds": "ttl"])
}

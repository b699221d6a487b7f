import Model

/// A `cache` member of Harmont IR: `policy` and what belongs to it.
struct HarmontCachePolicy {
    private let members: DocumentMapping
    /// Of the whole policy: what the client made of the variables that any part of it names.
    let clientKey: String?

    init(_ members: DocumentMapping) throws(Failure) {
        self.init(members, clientKey: try members["key"]?.text("a cache key"))
    }

    private init(_ members: DocumentMapping, clientKey: String?) {
        self.members = members
        self.clientKey = clientKey
    }

    func policy(_ notices: inout NoticeBoard) throws(Failure) -> CachePolicy {
        let name = try members.required("policy", of: "a cache policy")
        guard let kind = Kind(rawValue: try name.text("the name of a cache policy")) else {
            throw name.failure(
                "\(name.found) is no known cache policy",
                fix: "use one of \(Kind.allCases.map { "‘\($0.rawValue)’" }.joined(separator: ", "))")
        }
        try HarmontMembers.check(
            members, known: kind.members.union(["policy", "key"]), what: "a cache policy", &notices)
        switch kind {
        case .none:
            return .none
        case .forever:
            return .forever(environmentKeys: try environmentKeys(&notices))
        case .timeToLive:
            let duration = try members.required("duration_seconds", of: "the policy ‘ttl’").seconds()
            return .timeToLive(
                seconds: duration.milliseconds / 1000, environmentKeys: try environmentKeys(&notices))
        case .onChange:
            let paths = try members.required("paths", of: "the policy ‘on_change’")
            let globs = try paths.globs()
            if globs.isEmpty {
                notices.post("no path is watched, so the step is cached for ever", at: paths.path)
            }
            return .onChange(paths: globs)
        case .compose:
            return try composed(&notices)
        case .predicate:
            let value = try members.required("value", of: "the policy ‘predicate’")
            return .predicate(value: try value.text("a predicate's value"))
        case .workspace:
            return .workspace
        }
    }

    private func environmentKeys(_ notices: inout NoticeBoard) throws(Failure) -> [String] {
        guard let list = members["env_keys"] else { return [] }
        let names = try list.variableNames()
        if !names.isEmpty, clientKey?.isEmpty ?? true {
            notices.post(
                "‘env_keys’ has no effect without the ‘key’ that is made of the variables' values, so that a changed "
                    + "one is no miss", at: list.path)
        }
        return names
    }

    private func composed(_ notices: inout NoticeBoard) throws(Failure) -> CachePolicy {
        let list = try members.required("sub_policies", of: "the policy ‘compose’")
        var parts: [CachePolicy] = []
        for element in try list.elements("a list of cache policies") {
            let part = HarmontCachePolicy(try element.mapping("a cache policy"), clientKey: clientKey)
            parts.append(try part.policy(&notices))
        }
        if parts.isEmpty {
            notices.post("nothing is composed, so the step is cached for ever", at: list.path)
        }
        return .all(parts)
    }

    private enum Kind: String, CaseIterable {
        case none, forever
        case timeToLive = "ttl"
        case onChange = "on_change"
        case compose, predicate, workspace

        var members: Set<String> {
            switch self {
            case .none, .workspace: []
            case .forever: ["env_keys"]
            case .timeToLive: ["duration_seconds", "env_keys"]
            case .onChange: ["paths"]
            case .compose: ["sub_policies"]
            case .predicate: ["value"]
            }
        }
    }
}

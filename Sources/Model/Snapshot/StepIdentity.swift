/// Everything declared about a step that decides whether a snapshot made earlier is of the same step.
///
/// Contents of the workspace are no part of it but through the cache policy; they are checked by facts.
/// Limits, timeouts and parallelism are no part of it either. The fields are kept with the snapshot so that a
/// miss can be explained.
package struct StepIdentity: Hashable, Sendable, Codable {
    package var scope: Scope
    /// Nil when the step has no workspace: then the snapshot is shared between all workspaces of the owner.
    package var workspace: String?
    package var base: Base
    package var command: String
    /// Environment values as keyed hashes: the fields are shown to whoever may see the snapshot.
    package var environment: [String: Digest]
    package var workingDirectory: String
    package var user: String?
    package var network: StepSpecification.NetworkMode
    package var platform: String
    package var workspaceMode: StepSpecification.WorkspaceMode
    package var workspaceTarget: StepPath
    /// Further mount points, which go to the stub layer.
    package var mountPoints: [StepPath]
    /// The policy as written, and what its parts resolve to on the run's revision, by part:
    /// `on_change[package.json]`.
    package var policy: CachePolicy
    package var policyValues: [String: String]
    /// What else is mounted, by its name: targets and options, never what is in it. Nil for nothing.
    package var mounts: [String: String]?

    package enum Base: Hashable, Sendable, Codable {
        case image(Digest)
        /// The very snapshot, not merely its identity: a delta is valid only on the layers it was made on.
        case snapshot(String)
    }

    package init(
        scope: Scope, workspace: String?, base: Base, command: String, environment: [String: Digest],
        workingDirectory: String, user: String?, network: StepSpecification.NetworkMode, platform: String,
        workspaceMode: StepSpecification.WorkspaceMode, workspaceTarget: StepPath, mountPoints: [StepPath],
        policy: CachePolicy, policyValues: [String: String]
    ) {
        self.scope = scope
        self.workspace = workspaceMode == .none ? nil : workspace
        self.base = base
        self.command = command
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.user = user
        self.network = network
        self.platform = platform
        self.workspaceMode = workspaceMode
        self.workspaceTarget = workspaceTarget
        self.mountPoints = mountPoints
        self.policy = policy
        self.policyValues = policyValues
    }

    package static let schemaVersion = 1

    package var digest: Digest { hash(withPolicyValues: true) }

    /// The digest without what the policy resolves to: equal for two executions of one step that differ at
    /// most in that.
    package var digestWithoutPolicyValues: Digest { hash(withPolicyValues: false) }

    private func hash(withPolicyValues: Bool) -> Digest {
        var hasher = FieldHasher(domain: withPolicyValues ? "varve step" : "varve step without policy values")
        hasher.add("schema", String(StepIdentity.schemaVersion))
        for field in fields(withPolicyValues: withPolicyValues) { hasher.add(field.name, field.value) }
        return hasher.finalize()
    }

    /// One declared property, as text for people and for hashing.
    package struct Field: Hashable, Sendable, Codable {
        package let name: String
        /// Nil where the property is absent.
        package let value: String?

        package init(name: String, value: String?) {
            self.name = name
            self.value = value
        }
    }

    /// All fields in a fixed order; the lists within them in sorted order.
    package var fields: [Field] { fields(withPolicyValues: true) }

    private func fields(withPolicyValues: Bool) -> [Field] {
        var fields = [
            Field(name: "owner", value: scope.description),
            Field(name: "workspace", value: workspace),
            Field(name: "base", value: base.description),
            Field(name: "command", value: command),
            Field(name: "working_directory", value: workingDirectory),
            Field(name: "user", value: user),
            Field(name: "network", value: network.rawValue),
            Field(name: "platform", value: platform),
            Field(name: "workspace_mode", value: workspaceMode.rawValue),
            Field(name: "workspace_target", value: workspaceTarget.text),
            Field(name: "cache", value: policy.text),
        ]
        fields += mountPoints.sorted().map { Field(name: "mount_point[\($0.text)]", value: "present") }
        fields += (mounts ?? [:]).sorted { $0.key < $1.key }
            .map { Field(name: "mount[\($0.key)]", value: $0.value) }
        fields += environment.sorted { $0.key < $1.key }
            .map { Field(name: "env[\($0.key)]", value: $0.value.hex) }
        if withPolicyValues {
            fields += policyValues.sorted { $0.key < $1.key }
                .map { Field(name: "cache.\($0.key)", value: $0.value) }
        }
        return fields
    }

    /// One field in which two identities differ; nil for absent.
    package struct Difference: Hashable, Sendable, Codable {
        package let field: String
        package let before: String?
        package let now: String?

        package init(field: String, before: String?, now: String?) {
            self.field = field
            self.before = before
            self.now = now
        }
    }

    /// In the order of the fields of `self`, those only `earlier` has last.
    package func differences(from earlier: StepIdentity) -> [Difference] {
        let before = Dictionary(
            earlier.fields.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        let now = Dictionary(fields.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        let names = fields.map(\.name) + earlier.fields.map(\.name).filter { now[$0] == nil }
        return names.compactMap { name in
            let (old, new) = (before[name] ?? nil, now[name] ?? nil)
            return old == new ? nil : Difference(field: name, before: old, now: new)
        }
    }
}

extension StepIdentity.Base: CustomStringConvertible {
    package var description: String {
        switch self {
        case .image(let digest): "image \(digest.hex)"
        case .snapshot(let id): "snapshot \(id)"
        }
    }
}

extension CachePolicy {
    /// One line that two policies share only if they are equal.
    package var text: String {
        func quoted(_ values: [String]) -> String {
            values.map { "\"" + $0.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\"" }
                .joined(separator: ", ")
        }
        return switch self {
        case .none: "none"
        case .forever(let keys): keys.isEmpty ? "forever" : "forever(env: \(quoted(keys.sorted())))"
        case .timeToLive(let seconds, let keys):
            keys.isEmpty ? "ttl(\(seconds)s)" : "ttl(\(seconds)s, env: \(quoted(keys.sorted())))"
        case .onChange(let paths): "on_change(\(quoted(paths.map(\.text).sorted())))"
        case .all(let parts): "all(\(parts.map(\.text).joined(separator: ", ")))"
        case .predicate(let value): "predicate(\(quoted([value])))"
        case .workspace: "workspace"
        }
    }

    /// What the policy's parts come to on the run's revision, by part; nil for a run without one.
    ///
    /// - Parameter clientKey: the client's own key, which counts only where environment values are folded
    ///   into it.
    package func resolved(on revision: PatternDigests?, clientKey: String?) -> [String: String] {
        var values: [String: String] = [:]
        if dependsOnClientEnvironment { values["key"] = clientKey ?? "" }
        collect(into: &values, revision: revision)
        return values
    }

    private func collect(into values: inout [String: String], revision: PatternDigests?) {
        switch self {
        case .none, .forever, .timeToLive, .predicate: break
        case .workspace: values["workspace"] = revision?.manifest.digest.hex ?? "none"
        case .onChange(let globs):
            for glob in globs {
                values["on_change[\(glob.text)]"] =
                    revision.map { $0.digest(matching: [glob]).digest.hex } ?? "none"
            }
        case .all(let parts):
            for part in parts { part.collect(into: &values, revision: revision) }
        }
    }

    /// Globs anywhere in the policy: each counts alone.
    package var globs: [PathGlob] {
        switch self {
        case .onChange(let globs): globs
        case .all(let parts): parts.flatMap(\.globs)
        case .none, .forever, .timeToLive, .predicate, .workspace: []
        }
    }

    /// Globs anywhere in the policy that match nothing in `revision`.
    package func unmatchedGlobs(in revision: PatternDigests) -> [PathGlob] {
        globs.filter { !revision.digest(matching: [$0]).unmatched.isEmpty }
    }
}

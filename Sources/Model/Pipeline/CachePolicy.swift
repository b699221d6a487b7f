/// When a snapshot made under the same identity may stand in for a step.
///
/// Whatever the policy, the snapshot's facts must hold in the run's revision.
package indirect enum CachePolicy: Hashable, Sendable, Codable {
    /// Never; the default.
    case none
    /// Always. `environmentKeys` are names whose values only the client knows (it folds them into its
    /// `cache.key`).
    case forever(environmentKeys: [String])
    /// While the snapshot is younger than `seconds`.
    case timeToLive(seconds: Int64, environmentKeys: [String])
    /// While the revision's entries matching the globs are the same.
    case onChange(paths: [PathGlob])
    /// While every one of them says so.
    case all([CachePolicy])
    /// While the value, computed by the client, is the same.
    case predicate(value: String)
    /// While the whole revision is the same.
    case workspace
}

extension CachePolicy {
    /// Whether any snapshot can ever be a hit: `none` anywhere in a conjunction forbids it.
    package var mayHit: Bool {
        switch self {
        case .none: false
        case .all(let parts): parts.allSatisfy(\.mayHit)
        case .forever, .timeToLive, .onChange, .predicate, .workspace: true
        }
    }

    /// Whether some part folds environment values that only the client knows, so that its own key enters the
    /// identity.
    package var dependsOnClientEnvironment: Bool {
        switch self {
        case .forever(let keys), .timeToLive(_, let keys): !keys.isEmpty
        case .all(let parts): parts.contains(where: \.dependsOnClientEnvironment)
        case .none, .onChange, .predicate, .workspace: false
        }
    }

    /// Whether some part looks at the run's revision, which the step itself need not see.
    package var needsRevision: Bool {
        switch self {
        case .onChange, .workspace: true
        case .all(let parts): parts.contains(where: \.needsRevision)
        case .none, .forever, .timeToLive, .predicate: false
        }
    }

    /// The shortest life any part gives a snapshot, in seconds; nil for no limit.
    package var shortestLife: Int64? {
        switch self {
        case .timeToLive(let seconds, _): seconds
        case .all(let parts): parts.compactMap(\.shortestLife).min()
        case .none, .forever, .onChange, .predicate, .workspace: nil
        }
    }
}

/// What a caller asks of one run, beside the pipeline and the revision.
package struct RunOptions: Sendable, Hashable, Codable {
    /// Only these steps and what they wait for; empty for all.
    package var targets: [StepKey] = []
    /// How many steps run at once; nil for as many as the operator's `jobs` says.
    package var jobs: Int?
    package var keepGoing = false
    /// Added to every step's environment, above it; part of the identity.
    package var environment: [String: String] = [:]
    /// Values for the names in the steps' `pass_env`; they reach the processes and nothing else.
    package var passEnvironment: [String: String] = [:]
    /// Values of the secrets that steps name, by name. Nil for none, as in what an older version of the daemon has
    /// written down.
    private var givenSecrets: [String: String]?
    package var noCache = NoCache.nothing
    /// Whether images are pulled even if a name is in the store.
    package var pull = false
    package var timeout: TimeSpan?
    /// Whether the run ends when nobody has followed its events for 30 seconds.
    package var attached = false
    package var untrusted = false

    package init() {}

    /// Values of the secrets that steps name, by name; they reach the processes and nothing else.
    package var secrets: [String: String] {
        get { givenSecrets ?? [:] }
        set { givenSecrets = newValue.isEmpty ? nil : newValue }
    }

    /// Which steps run without looking for a snapshot.
    package enum NoCache: Sendable, Hashable, Codable {
        case nothing
        case everything
        case steps(Set<StepKey>)

        package func covers(_ key: StepKey) -> Bool {
            switch self {
            case .nothing: false
            case .everything: true
            case .steps(let keys): keys.contains(key)
            }
        }
    }
}

package import Model

extension Wire {
    /// How a pipeline is run; every member may be missing.
    package struct RunOptions: Codable, Hashable, Sendable {
        /// The slug of one of several pipelines in the document.
        package var pipeline: String?
        /// Only these steps and what they wait for; nil for all.
        package var targets: [StepKey]?
        /// Steps at once at most.
        package var jobs: Int?
        /// Whether steps that do not depend on a failed one still start.
        package var keepGoing: Bool?
        /// Uppermost environment of every step; part of the identity.
        package var env: [String: String]?
        /// Values that reach the processes and nothing else.
        package var passEnv: [String: String]?
        package var noCache: NoCache?
        /// Whether images are pulled even if the store has them.
        package var pull: Bool?
        package var timeoutSeconds: Int64?
        /// Whether the run ends when nobody has read its events for 30 s.
        package var attached: Bool?
        package var untrusted: Bool?
        /// The caller's directory that steps' `outputs` are copied into, absolute in the caller's view; nil
        /// for none.
        package var outputsPath: String?
        /// Values of the secrets that steps name; they reach the processes and nothing else.
        package var secrets: [String: String]?

        package init(
            pipeline: String? = nil, targets: [StepKey]? = nil, jobs: Int? = nil, keepGoing: Bool? = nil,
            env: [String: String]? = nil, passEnv: [String: String]? = nil, noCache: NoCache? = nil,
            pull: Bool? = nil, timeoutSeconds: Int64? = nil, attached: Bool? = nil, untrusted: Bool? = nil,
            outputsPath: String? = nil, secrets: [String: String]? = nil
        ) {
            self.pipeline = pipeline
            self.targets = targets
            self.jobs = jobs
            self.keepGoing = keepGoing
            self.env = env
            self.passEnv = passEnv
            self.noCache = noCache
            self.pull = pull
            self.timeoutSeconds = timeoutSeconds
            self.attached = attached
            self.untrusted = untrusted
            self.outputsPath = outputsPath
            self.secrets = secrets
        }

        private enum CodingKeys: String, CodingKey {
            case pipeline, targets, jobs
            case keepGoing = "keep_going"
            case env
            case passEnv = "pass_env"
            case noCache = "no_cache"
            case pull
            case timeoutSeconds = "timeout_seconds"
            case attached, untrusted
            case outputsPath = "outputs_path"
            case secrets
        }
    }
}

/// One command of a pipeline and everything that says how to run it.
package struct StepSpecification: Sendable, Hashable, Codable {
    package var key: StepKey
    package var label: String?
    package var base: Base
    /// Steps that are waited for and nothing else, in the order of the document.
    package var orderOnly: [Dependency]
    package var command: String
    /// Pipeline and step environment merged; defaults and the image's come below it when the step runs.
    package var environment: [String: String]
    /// Names whose values reach the process, and never identity, store or Varve's own log.
    package var passEnvironment: [String]
    package var cache: CachePolicy
    /// The client's own `cache.key`; enters the identity only where `cache.dependsOnClientEnvironment`.
    package var clientKey: String?
    /// Nil for the image's user.
    package var user: String?
    package var timeout: TimeSpan?
    package var workspace: WorkspaceMode
    package var network: NetworkMode
    package var limits: Limits
    /// Paths whose content, where the lineage wrote it, is copied into the caller's directory.
    package var outputs: [PathGlob]
    /// Nil for none, as in what an older version of the daemon has written down.
    private var listedMounts: [StepMount]?

    package init(key: StepKey, base: Base, command: String) {
        self.key = key
        self.base = base
        self.command = command
        label = nil
        orderOnly = []
        environment = [:]
        passEnvironment = []
        cache = .none
        clientKey = nil
        user = nil
        timeout = nil
        workspace = .readWrite
        network = .private
        limits = Limits()
        outputs = []
        listedMounts = nil
    }

    /// Volumes, secrets and directories in memory, in the order of the document.
    package var mounts: [StepMount] {
        get { listedMounts ?? [] }
        set { listedMounts = newValue.isEmpty ? nil : newValue }
    }

    /// What the step's file system stands on.
    package enum Base: Sendable, Hashable, Codable {
        case image(ResourceName)
        case step(StepKey)
    }

    /// A step that is waited for.
    package struct Dependency: Sendable, Hashable, Codable {
        package var key: StepKey
        /// Whether the dependant runs even when this step failed (after `wait` with `continue_on_failure`).
        package var evenIfFailed: Bool

        package init(key: StepKey, evenIfFailed: Bool = false) {
            self.key = key
            self.evenIfFailed = evenIfFailed
        }
    }

    package enum WorkspaceMode: String, Sendable, Hashable, Codable, CaseIterable {
        case readWrite = "read-write"
        case readOnly = "read-only"
        case none
    }

    package enum NetworkMode: String, Sendable, Hashable, Codable, CaseIterable {
        case `private`
        case host
        case none
    }

    /// Bounds that end a step, and are no part of its identity. Nil: Varve's default.
    package struct Limits: Sendable, Hashable, Codable {
        package var memory: ByteSize?
        /// Processors, in thousandths.
        package var milliCPUs: Int64?
        package var processes: Int64?
        package var disk: ByteSize?
        package var log: ByteSize?

        package init() {}
    }
}

extension StepSpecification {
    package var parent: StepKey? {
        if case .step(let key) = base { key } else { nil }
    }

    /// Whether something about it is decided by a revision: what it sees, whether it is a hit, or which version of a
    /// volume it gets.
    package var needsRevision: Bool {
        workspace != .none || cache.needsRevision || !patternLists.isEmpty
    }
}

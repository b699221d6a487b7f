import JSON
import Linux
import Model
import SystemPackage

/// How the steps of a run are declared to run, kept beside its events, so that a shell can be opened as a step ran.
///
/// Values that are passed (`pass_env`) are no part of it; their names are.
struct DeclaredSteps: Codable, Sendable {
    var version = 1
    /// The caller's, over each step's own. Nil from a version that put it into each step.
    var environment: [String: String]?
    /// Names whose values every step was passed. Nil from a version that put them into each step.
    var passed: [String]?
    var steps: [DeclaredStep]

    init(of run: FrozenRun) {
        environment = run.options.environment
        passed = run.unclaimedValues.keys.sorted()
        steps = run.pipeline.steps.map { step in
            DeclaredStep(step, passed: step.passEnvironment.filter { run.options.passEnvironment[$0] != nil })
        }
    }

    private static let name = "steps.json"

    func write(to directory: borrowing Directory) throws {
        let file = try directory.openFile(Self.name, [.writeOnly, .create, .exclusive], mode: 0o600)
        try file.writeAll(try JSONTextEncoder.encode(self))
    }

    /// Nil for a run of a version that kept none.
    static func read(from directory: borrowing Directory) throws -> DeclaredSteps? {
        try directory.value(name, as: DeclaredSteps.self)
    }

    /// How the step was declared to run, with what was set for every step.
    subscript(key: StepKey) -> DeclaredStep? {
        guard var setting = steps.first(where: { $0.step == key.text }) else { return nil }
        setting.environment.merge(environment ?? [:]) { _, callers in callers }
        setting.passed = Set(setting.passed + (passed ?? [])).sorted()
        return setting
    }
}

/// How one step is declared to run.
struct DeclaredStep: Codable, Sendable {
    var step: String
    /// One of the two is what it stands on: read by `base`.
    private var parent: String?
    private var image: String?
    /// The pipeline's and the step's, as far as it is not passed.
    var environment: [String: String] = [:]
    /// Names whose values it was passed.
    var passed: [String] = []
    /// What it has mounted, for people. Nil for nothing.
    var mounts: [String]?
    var user: String?
    var network = StepSpecification.NetworkMode.private
    var workspace = StepSpecification.WorkspaceMode.readWrite
    var memory: Int64?
    var milliCPUs: Int64?
    var processes: Int64?
    var disk: Int64?

    init(_ step: StepSpecification, passed: [String]) {
        self.step = step.key.text
        if !step.mounts.isEmpty { mounts = step.mounts.map(\.title) }
        switch step.base {
        case .image(let name): image = name.text
        case .step(let key): parent = key.text
        }
        environment = step.environment
        self.passed = passed
        user = step.user
        network = step.network
        workspace = step.workspace
        memory = step.limits.memory?.bytes
        milliCPUs = step.limits.milliCPUs
        processes = step.limits.processes
        disk = step.limits.disk?.bytes
    }

    /// What is known of a step that ran elsewhere, or before such things were kept: all but the values of its
    /// environment.
    init(of snapshot: Snapshot, _ identity: StepIdentity?) {
        step = snapshot.step.text
        user = identity?.user
        network = identity?.network ?? .private
        workspace = identity?.workspaceMode ?? (snapshot.workspace == nil ? .none : .readWrite)
    }

    /// What its file system stands on; nil for what is not known of a step that ran elsewhere.
    var base: StepSpecification.Base? {
        if let parent { return StepKey(parent).map { .step($0) } }
        return image.flatMap { try? ResourceName($0, kind: "image") }.map { .image($0) }
    }

    var limits: StepSpecification.Limits {
        var limits = StepSpecification.Limits()
        limits.memory = memory.map { ByteSize(bytes: $0) }
        limits.milliCPUs = milliCPUs
        limits.processes = processes
        limits.disk = disk.map { ByteSize(bytes: $0) }
        return limits
    }
}

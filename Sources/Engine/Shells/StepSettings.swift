import JSON
import Linux
import Model
import SystemPackage

/// How the steps of a run are declared to run, kept beside its events, so that a shell can be opened as a step ran.
///
/// Values that are passed (`pass_env`) are no part of it; their names are.
struct StepSettings: Codable, Sendable {
    var version = 1
    var steps: [StepSetting]

    init(of run: FrozenRun) {
        steps = run.pipeline.steps.map { step in
            StepSetting(
                step, environment: run.environment(of: step),
                passed: run.passedEnvironment(of: step).keys.sorted())
        }
    }

    private static let name = "steps.json"

    func write(to directory: borrowing Directory) throws {
        let file = try directory.openFile(Self.name, [.writeOnly, .create, .exclusive], mode: 0o600)
        try file.writeAll(try JSONTextEncoder.encode(self))
    }

    /// Nil for a run of a version that kept none.
    static func read(from directory: borrowing Directory) throws -> StepSettings? {
        try directory.value(name, as: StepSettings.self)
    }

    subscript(key: StepKey) -> StepSetting? { steps.first { $0.step == key.text } }
}

/// How one step is declared to run.
struct StepSetting: Codable, Sendable {
    var step: String
    /// The step whose file system it stands on; nil for one that stands on its image.
    var parent: String?
    var image: String?
    /// The pipeline's, the step's and the caller's, as far as it is not passed.
    var environment: [String: String] = [:]
    /// Names whose values were passed.
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

    init(_ step: StepSpecification, environment: [String: String], passed: [String]) {
        self.step = step.key.text
        if !step.mounts.isEmpty { mounts = step.mounts.map(\.title) }
        switch step.base {
        case .image(let name): image = name.text
        case .step(let key): parent = key.text
        }
        self.environment = environment
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

    var limits: StepSpecification.Limits {
        var limits = StepSpecification.Limits()
        limits.memory = memory.map { ByteSize(bytes: $0) }
        limits.milliCPUs = milliCPUs
        limits.processes = processes
        limits.disk = disk.map { ByteSize(bytes: $0) }
        return limits
    }
}

import Glibc
import Linux
import Model
import SystemPackage
import Testing

@testable import Sandbox

/// A store of a test's own with a busybox root: every step it runs is real, and nothing of it is left
/// afterwards.
final class Fixture: Sendable {
    struct Outcome: Sendable {
        var report: StepReport
        var stdout: String
        var stderr: String

        var exit: StepExit { report.exit }
    }

    let base: String
    let configuration: SandboxConfiguration
    let supervisor: Supervisor
    var root: String { base + "/root" }
    var workspace: String { base + "/workspace" }

    init(runtime: String = "/usr/bin/crun", grace: TimeSpan = TimeSpan(seconds: 10)) throws {
        let id = "test-\(UInt64.random(in: 0...UInt64.max))"
        base = "/run/varve-\(id)"
        configuration = try SandboxConfiguration(
            storeID: id, mountsDirectory: base + "/mounts", runtime: OCIRuntime(runtime),
            helper: try Self.helper(), grace: grace)
        supervisor = try Supervisor(configuration)
        let run = try Directory(opening: "/run")
        try run.createDirectory("varve-\(id)", mode: 0o755)
        let store = try Directory(opening: base)
        for name in ["mounts", "root", "workspace", "results"] {
            try store.createDirectory(name, mode: 0o755)
        }
        try BusyboxRoot.make(in: try store.openDirectory("root"))
    }

    deinit {
        _ = StepSweep(configuration).run()
        try? Directory(opening: "/run").removeTree(String(base.dropFirst("/run/".count)))
    }

    /// Beside the test bundle, where the package manager puts all programs.
    static func helper() throws -> String {
        let own = String(decoding: try Directory(opening: "/proc/self").readLink("exe"), as: UTF8.self)
        let named = CommandLine.arguments.dropFirst().first { $0.hasSuffix(".xctest") } ?? own
        return FilePath(named).removingLastComponent().appending("varve-supervise").string
    }

    func bundle(_ id: String) throws -> String {
        let mounts = try Directory(opening: configuration.mountsDirectory)
        if try mounts.statusIfPresent(id) == nil { try mounts.createDirectory(id) }
        return configuration.mountsDirectory + "/" + id
    }

    func results(_ id: String) throws -> Directory {
        let results = try Directory(opening: base + "/results")
        if try results.statusIfPresent(id) == nil { try results.createDirectory(id) }
        return try results.openDirectory(id)
    }

    /// The root, and the workspace where the root has a place for it.
    func tree(workspaceReadOnly: Bool = false) throws -> StepTree {
        var tree = StepTree(root: try Self.clone(root))
        tree.attach(try Self.clone(workspace), at: "/workspace", readOnly: workspaceReadOnly)
        return tree
    }

    static func clone(_ path: String) throws -> Descriptor {
        // SAFETY: the path is used by the call only.
        let raw = unsafe open_tree(AT_FDCWD, path, UInt32(1 | O_CLOEXEC))
        guard raw >= 0 else { throw Errno(rawValue: errno) }
        return Descriptor(adopting: raw)
    }

    func start(
        _ script: String, id: String = "1", workspaceReadOnly: Bool = false, network: PrivateNetwork? = nil,
        _ change: (inout StepProcess) -> Void = { _ in }
    ) throws -> RunningStep {
        var process = StepProcess(
            command: StepProcess.shell(script), network: network == nil ? .none : .private)
        change(&process)
        return try supervisor.start(
            process, id: id, tree: try tree(workspaceReadOnly: workspaceReadOnly), bundle: try bundle(id),
            results: try results(id), network: network)
    }

    /// Runs a step to its end, and expects that nothing of it is left.
    func run(
        _ script: String, id: String = "1", workspaceReadOnly: Bool = false, network: PrivateNetwork? = nil,
        _ change: (inout StepProcess) -> Void = { _ in }
    ) async throws -> Outcome {
        let step = try start(
            script, id: id, workspaceReadOnly: workspaceReadOnly, network: network, change)
        return try await outcome(of: step)
    }

    func outcome(of step: RunningStep) async throws -> Outcome {
        let report = try await step.wait()
        let outcome = try await output(of: step, report)
        try expectNothingLeft(of: step.id)
        try Directory(opening: configuration.mountsDirectory).removeTree(step.id)
        return outcome
    }

    private func output(of step: RunningStep, _ report: StepReport) async throws -> Outcome {
        let log = try step.log()
        log.finish()
        var stdout: [UInt8] = []
        var stderr: [UInt8] = []
        while let frames = try await log.next() {
            for frame in frames {
                switch frame.stream {
                case .stdout: stdout += frame.bytes
                case .stderr: stderr += frame.bytes
                }
            }
        }
        return Outcome(
            report: report, stdout: String(decoding: stdout, as: UTF8.self),
            stderr: String(decoding: stderr, as: UTF8.self))
    }

    /// No mount on the host, no control group, and no process that names the step's bundle.
    func expectNothingLeft(of id: String, location: SourceLocation = #_sourceLocation) throws {
        let bundle = configuration.mountsDirectory + "/" + id
        let mounts = String(
            decoding: try Descriptor.openFile("/proc/self/mountinfo").readAll(limit: 1 << 24), as: UTF8.self)
        #expect(!mounts.contains(base), sourceLocation: location)
        for hierarchy in try Directory(opening: "/sys/fs/cgroup").entryNames() {
            let group =
                ControlGroupLayout.root + "/" + String(decoding: hierarchy, as: UTF8.self) + "/"
                + configuration.controlGroup.child(id).path
            // SAFETY: the path is used by the call only.
            #expect(unsafe access(group, F_OK) != 0, "\(group)", sourceLocation: location)
        }
        #expect(processes(naming: bundle).isEmpty, sourceLocation: location)
    }

    /// Processes of the host whose command line has `text` in it.
    func processes(naming text: String) -> [Int32] {
        let names = (try? Directory(opening: "/proc").entryNames()) ?? []
        return names.compactMap { Int32(String(decoding: $0, as: UTF8.self)) }.filter { pid in
            let line = try? Descriptor.openFile("/proc/\(pid)/cmdline").readAll(limit: 1 << 20)
            return line.map { String(decoding: $0, as: UTF8.self).contains(text) } ?? false
        }
    }
}

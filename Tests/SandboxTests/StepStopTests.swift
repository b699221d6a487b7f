import Foundation
import Glibc
import Linux
import Model
import SystemPackage
import Testing

@testable import Sandbox

/// Ending a step before it ends by itself.
struct StepStopTests {
    /// Waits until the step has written `text`, without polling.
    private func awaitOutput(_ text: String, of step: RunningStep) async throws {
        let log = try step.log()
        var seen = ""
        while !seen.contains(text), let frames = try await log.next() {
            for frame in frames { seen += String(decoding: frame.bytes, as: UTF8.self) }
        }
    }

    @Test(arguments: ["/usr/bin/crun", "/usr/sbin/runc"])
    func `a command without a handler for TERM ends at once when asked to`(runtime: String) async throws {
        let fixture = try Fixture(runtime: runtime, grace: TimeSpan(seconds: 600))
        let step = try fixture.start("echo ready; exec sleep 1000")
        try await awaitOutput("ready", of: step)
        let start = ContinuousClock.now
        step.stop()
        let outcome = try await fixture.outcome(of: step)
        #expect(outcome.exit == .signalled(15))
        #expect(outcome.report.wasStopped)
        #expect(ContinuousClock.now - start < .seconds(60))
    }

    @Test func `a process that tidies up after TERM is given the grace to`() async throws {
        let fixture = try Fixture()
        let script = """
            (trap 'sleep 0.3; echo tidied; exit' TERM; echo ready; while true; do sleep 0.1; done) &
            wait
            """
        let step = try fixture.start(script)
        try await awaitOutput("ready", of: step)
        step.stop()
        let outcome = try await fixture.outcome(of: step)
        #expect(outcome.stdout.hasSuffix("tidied\n"))
        #expect(outcome.exit == .signalled(15))
    }

    @Test func `a step that ignores TERM is killed after the grace`() async throws {
        let fixture = try Fixture(grace: TimeSpan(milliseconds: 300))
        let step = try fixture.start("trap '' TERM; echo ready; while true; do sleep 1; done")
        try await awaitOutput("ready", of: step)
        let start = ContinuousClock.now
        step.stop()
        let outcome = try await fixture.outcome(of: step)
        #expect(outcome.exit == .signalled(9))
        #expect(ContinuousClock.now - start >= .milliseconds(300))
        #expect(ContinuousClock.now - start < .seconds(60))
    }

    @Test func `a second request with a shorter grace counts`() async throws {
        let fixture = try Fixture(grace: TimeSpan(seconds: 600))
        let step = try fixture.start("trap '' TERM; echo ready; while true; do sleep 1; done")
        try await awaitOutput("ready", of: step)
        step.stop()
        step.stop(grace: TimeSpan(milliseconds: 0))
        #expect(try await fixture.outcome(of: step).exit == .signalled(9))
    }

    /// As where a step's processes, whose user is the supervisor's, have queued all signals that the kernel keeps for one.
    @Test(arguments: [TimeSpan(milliseconds: 0), TimeSpan(milliseconds: 200)])
    func `a step is stopped though no signal can be queued any more`(grace: TimeSpan) async throws {
        let fixture = try Fixture(grace: TimeSpan(milliseconds: 200))
        let step = try fixture.start("trap '' TERM; echo ready; while true; do sleep 1; done")
        try await awaitOutput("ready", of: step)
        let supervisor = try #require(step.pid)
        let prlimit = try Process.run(
            URL(fileURLWithPath: "/usr/bin/prlimit"),
            arguments: ["--pid", "\(supervisor)", "--sigpending=0:0"])
        prlimit.waitUntilExit()
        #expect(prlimit.terminationStatus == 0)
        step.stop(grace: grace)
        let outcome = try await fixture.outcome(of: step)
        #expect(outcome.exit == .signalled(9) && outcome.report.wasStopped)
    }

    @Test func `a step can be stopped before its command runs`() async throws {
        let fixture = try Fixture()
        let step = try fixture.start("sleep 1000")
        step.stop()
        let outcome = try await fixture.outcome(of: step)
        #expect(outcome.exit == .signalled(15))
    }

    @Test func `nothing inside can pass itself off as the request to end`() async throws {
        let outcome = try await Fixture().run("kill -TERM 1; kill -KILL 1; sleep 0.1; echo alive")
        #expect(outcome.stdout == "alive\n")
        #expect(!outcome.report.wasStopped)
    }

    @Test func `a step whose supervisor is killed is lost, and gone`() async throws {
        let fixture = try Fixture()
        let step = try fixture.start("echo ready; trap '' HUP TERM PIPE; while true; do sleep 1; done")
        try await awaitOutput("ready", of: step)
        kill(try #require(step.pid), SIGKILL)
        let failure = await #expect(throws: Failure.self) { _ = try await step.wait() }
        #expect(failure?.code == .supervisorLost)
        try fixture.expectNothingLeft(of: step.id)
    }

    @Test func `a supervisor outlives the process that started it`() async throws {
        let fixture = try Fixture()
        let process = StepProcess(
            command: StepProcess.shell("echo ready; sleep 0.3; echo done"), network: .none)
        let bundle = try fixture.bundle("1")
        let results = try fixture.results("1")
        let tree = try fixture.tree()
        let written = try fixture.supervisor.prepare(process, id: "1", tree: tree, bundle: bundle)
        let order = try SupervisorOrder(
            process, id: "1", tree: tree, bundle: written.path, results: results,
            configuration: fixture.configuration, hidesUnified: try ControlGroupLayout.detect() == .hybrid)
        let parent = try ProcessHandle.spawn(
            "/bin/sh",
            arguments: ["-c", "\"$@\" & exit 0", "sh", fixture.configuration.helper] + order.arguments,
            descriptors: order.descriptors)
        await parent.ended()
        parent.reap()
        let log = try LogReader(results.openFile("log"))
        var seen = ""
        while !seen.contains("done"), let frames = try await log.next() {
            for frame in frames { seen += String(decoding: frame.bytes, as: UTF8.self) }
        }
        // Its lock is there for as long as it is.
        if let pid = try written.directory.openFile("supervisor.lock", .readWrite).lockHolder() {
            await (try? ProcessHandle(opening: pid))?.ended()
        }
        let status = try #require(try StatusFile.read(from: results))
        #expect(status.report(runtimeLog: []).exit == .exited(0))
        try fixture.expectNothingLeft(of: "1")
    }

    @Test func `the sweep ends this store's steps and no other's`() async throws {
        let mine = try Fixture()
        let other = try Fixture()
        let step = try mine.start("trap '' TERM; echo ready; while true; do sleep 1; done")
        let foreign = try other.start("echo ready; sleep 1000")
        try await awaitOutput("ready", of: step)
        try await awaitOutput("ready", of: foreign)
        #expect(StepSweep(mine.configuration).run() == [])
        try mine.expectNothingLeft(of: step.id)
        #expect(!other.processes(naming: other.configuration.mountsDirectory).isEmpty)
        foreign.stop()
        #expect(try await other.outcome(of: foreign).exit == .signalled(15))
        #expect(kill(try #require(step.pid), 0) != 0)
    }
}

import Linux
import Model
import Testing

@testable import Sandbox

/// Limits of memory, processes and log.
struct StepLimitTests {
    @Test(arguments: ["/usr/bin/crun", "/usr/sbin/runc"])
    func `a step that needs more memory than it may is out of memory`(runtime: String) async throws {
        let outcome = try await Fixture(runtime: runtime).run("dd if=/dev/zero of=/dev/null bs=256M count=1")
        {
            $0.limits.memory = ByteSize(bytes: 32 << 20)
        }
        #expect(outcome.exit == .outOfMemory(137))
    }

    @Test func `a step that stays within its memory and fails is not out of memory`() async throws {
        let outcome = try await Fixture().run("exit 137") { $0.limits.memory = ByteSize(bytes: 32 << 20) }
        #expect(outcome.exit == .signalled(9))
    }

    @Test func `a step can't have more processes than it may`() async throws {
        let script = "for i in $(seq 40); do sleep 100 & done; echo started"
        let outcome = try await Fixture().run(script) { $0.limits.processes = 20 }
        #expect(outcome.stderr.contains("fork"))
        let enough = try await Fixture().run(script) { $0.limits.processes = 60 }
        #expect(enough.stdout == "started\n")
        #expect(enough.exit == .exited(0))
    }

    @Test func `a step that writes more than its log holds is ended, and what fits is kept`() async throws {
        let outcome = try await Fixture(grace: TimeSpan(milliseconds: 500)).run("yes") {
            $0.limits.log = ByteSize(bytes: 100_000)
        }
        #expect(outcome.exit == .logLimit)
        #expect(outcome.stdout.utf8.count == 100_000)
    }

    @Test func `a log that is just full ends nothing`() async throws {
        let outcome = try await Fixture().run("dd if=/dev/zero bs=1000 count=100 2>/dev/null") {
            $0.limits.log = ByteSize(bytes: 100_000)
        }
        #expect(outcome.exit == .exited(0))
        #expect(outcome.stdout.utf8.count == 100_000)
    }

    @Test func `a log that can't be written ends the step with the reason`() async throws {
        let fixture = try Fixture(grace: TimeSpan(milliseconds: 500))
        let results = try fixture.results("1")
        try results.createLink("log", target: "/dev/full")
        let step = try? fixture.start("yes")
        // A link is not followed, wherever it leads.
        #expect(step == nil)
        try results.remove("log")
        try results.createNode(
            "log", kind: .characterDevice, mode: 0o600, device: DeviceNumber(major: 1, minor: 7))
        let report = try await fixture.start("yes").wait()
        #expect(report.exit == .logFailed(28))
    }

    @Test func `resource limits are clamped to what the daemon has`() async throws {
        let outcome = try await Fixture().run("ulimit -n; ulimit -Hn; ulimit -c") {
            $0.resourceLimits = [
                ResourceLimit(.openFiles, soft: .max, hard: .max),
                ResourceLimit(.coreSize, soft: 0, hard: .max),
            ]
        }
        let allowed = try #require(try HostProfile.current().hardLimits[.openFiles])
        #expect(outcome.stdout == "\(allowed)\n\(allowed)\n0\n")
    }
}

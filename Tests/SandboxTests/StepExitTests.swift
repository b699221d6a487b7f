import Linux
import Model
import Testing

@testable import Sandbox

/// How a step ends, and that its output is all there.
struct StepExitTests {
    @Test func `a step's exit status and output are its command's`() async throws {
        let fixture = try Fixture()
        let outcome = try await fixture.run("echo out; echo err >&2; exit 7")
        #expect(outcome.exit == .exited(7))
        #expect(outcome.stdout == "out\n")
        #expect(outcome.stderr == "err\n")
        #expect(outcome.report.started < outcome.report.ended)
        #expect(!outcome.report.wasStopped)
    }

    @Test func `a command that says nothing leaves an empty log`() async throws {
        let outcome = try await Fixture().run("true")
        #expect(outcome.exit == .exited(0))
        #expect(outcome.stdout.isEmpty && outcome.stderr.isEmpty)
    }

    @Test func `a command that dies of a signal is told from one that exits`() async throws {
        let fixture = try Fixture()
        #expect(try await fixture.run("kill -9 $$").exit == .signalled(9))
        #expect(try await fixture.run("kill -TERM $$").exit == .signalled(15))
        #expect(try await fixture.run("sleep 5 & kill -SEGV $!; wait $!").exit == .signalled(11))
        #expect(try await fixture.run("exit 128").exit == .exited(128))
    }

    @Test func `exit statuses 1, 126 and 127 of the command are not the runtime's`() async throws {
        let fixture = try Fixture()
        for code in [1, 126, 127] as [Int32] {
            #expect(try await fixture.run("exit \(code)").exit == .exited(code))
        }
        #expect(try await fixture.run("no-such-program").exit == .exited(127))
    }

    @Test func `10 MB on one line arrive whole`() async throws {
        let outcome = try await Fixture().run("dd if=/dev/zero bs=1M count=10 2>/dev/null; echo; echo end")
        #expect(outcome.exit == .exited(0))
        #expect(outcome.stdout.utf8.count == (10 << 20) + 5)
        #expect(outcome.stdout.hasSuffix("\nend\n"))
    }

    @Test func `what is in the pipe when the command ends is kept`() async throws {
        // 64 KiB fill the pipe at once, and the writer is gone before anybody can have read it.
        let outcome = try await Fixture().run("dd if=/dev/zero bs=65536 count=1 2>/dev/null")
        #expect(outcome.stdout.utf8.count == 65536)
    }

    @Test func `processes that outlive the command end with it, and what they wrote is kept`() async throws {
        let fixture = try Fixture()
        let script = """
            (echo from-the-daemon; touch /workspace/ready; while true; do sleep 1; done) &
            setsid sleep 1000 &
            while ! test -e /workspace/ready; do true; done
            echo main
            """
        let outcome = try await fixture.run(script)
        #expect(outcome.exit == .exited(0))
        #expect(outcome.stdout == "from-the-daemon\nmain\n")
    }

    @Test func `a runtime that fails is not a command that fails`() async throws {
        let fixture = try Fixture()
        let outcome = try await fixture.run("true") {
            $0.mounts = [.readOnlyBind("/no/such/place", at: "/mnt")]
        }
        guard case .runtimeFailed(let words) = outcome.exit else {
            Issue.record("\(outcome.exit)")
            return
        }
        #expect(words.contains("/no/such/place"))
    }

    @Test func `a mount whose place is a link is refused`() async throws {
        let fixture = try Fixture()
        let root = try Directory(opening: fixture.root)
        try root.remove("workspace", directory: true)
        try root.createLink("workspace", target: "/etc")
        let outcome = try await fixture.run("true")
        guard case .runtimeFailed(let words) = outcome.exit else {
            Issue.record("\(outcome.exit)")
            return
        }
        #expect(words.contains("/workspace"))
    }

    @Test func `steps after the first run with the compiled seccomp filter, and are filtered`() async throws {
        let fixture = try Fixture()
        for id in ["1", "2"] {
            let outcome = try await fixture.run("grep Seccomp: /proc/self/status", id: id)
            #expect(outcome.stdout.hasSuffix("2\n"))
        }
    }

    @Test func `runc runs steps too`() async throws {
        let fixture = try Fixture(runtime: "/usr/sbin/runc")
        let outcome = try await fixture.run("echo hello; kill -9 $$")
        #expect(outcome.exit == .signalled(9))
        #expect(outcome.stdout == "hello\n")
        let failed = try await fixture.run("true") {
            $0.mounts = [.readOnlyBind("/no/such/place", at: "/mnt")]
        }
        guard case .runtimeFailed(let words) = failed.exit else {
            Issue.record("\(failed.exit)")
            return
        }
        #expect(words.contains("/no/such/place"))
    }
}

import Linux
import Model
import Testing

@testable import Sandbox

/// What a step sees, is, and may.
struct IsolationTests {
    @Test func `the workspace is written through to the directory behind it`() async throws {
        let fixture = try Fixture()
        _ = try await fixture.run("echo text > /workspace/made; echo root > /made")
        let workspace = try Directory(opening: fixture.workspace)
        #expect(try workspace.openFile("made").readAll(limit: 100) == Array("text\n".utf8))
        #expect(
            try Directory(opening: fixture.root).openFile("made").readAll(limit: 100) == Array("root\n".utf8))
    }

    @Test func `a read-only workspace can't be written, and the rest can`() async throws {
        let outcome = try await Fixture().run(
            "touch /made && touch /workspace/made; mount -o remount,rw /workspace", workspaceReadOnly: true)
        #expect(outcome.stderr.contains("Read-only file system"))
        #expect(outcome.exit != .exited(0))
    }

    @Test func `a step runs as its user, with his groups and home`() async throws {
        let fixture = try Fixture()
        let lookup = UserLookup(
            passwd: try Directory(opening: fixture.root).openBeneath("etc/passwd").readAll(limit: 1 << 20),
            group: try Directory(opening: fixture.root).openBeneath("etc/group").readAll(limit: 1 << 20))
        let user = try lookup.resolve("runner")
        let outcome = try await fixture.run("id -u; id -g; id -G; echo $HOME; grep CapEff /proc/self/status")
        {
            $0.user = user
        }
        #expect(outcome.stdout == "1000\n1001\n1001 1002\n/home/runner\nCapEff:\t0000000000000000\n")
    }

    @Test func `an image without a shell says so before anything runs`() async throws {
        let fixture = try Fixture()
        try Directory(opening: fixture.root).openDirectory("bin").remove("sh")
        let failure = #expect(throws: Failure.self) { _ = try fixture.start("true") }
        #expect(failure?.code == .shellMissing)
        try fixture.expectNothingLeft(of: "1")
    }

    @Test func `a shell whose link leads out of the image is none`() async throws {
        let fixture = try Fixture()
        let bin = try Directory(opening: fixture.root).openDirectory("bin")
        try bin.remove("sh")
        try bin.createLink("sh", target: "/../../../../usr/bin/dash")
        #expect(throws: Failure.self) { _ = try fixture.start("true") }
    }

    @Test func `the shell is found by the step's own PATH`() async throws {
        let fixture = try Fixture()
        let root = try Directory(opening: fixture.root)
        try root.createDirectory("tools", mode: 0o755)
        try root.openDirectory("bin").rename("sh", to: root.openDirectory("tools"), as: "sh")
        try root.openDirectory("bin").rename("busybox", to: root.openDirectory("tools"), as: "busybox")
        #expect(throws: Failure.self) { _ = try fixture.start("true") }
        let outcome = try await fixture.run("echo $PATH") { $0.environment = ["PATH": "/nowhere:/tools"] }
        #expect(outcome.stdout == "/nowhere:/tools\n")
    }

    @Test func `the environment, directory and host name are the step's`() async throws {
        let outcome = try await Fixture().run("echo \"$WORD\"; pwd; hostname; cat /etc/hostname") {
            $0.environment = ["WORD": "with space\nand \"more\""]
            $0.workingDirectory = "/workspace"
            $0.hostname = "somewhere"
        }
        #expect(outcome.stdout == "with space\nand \"more\"\n/workspace\nsomewhere\nsomewhere\n")
    }

    @Test func `a step has a container's capabilities and no more`() async throws {
        let outcome = try await Fixture().run(
            "grep -E 'Cap(Eff|Bnd|Amb)' /proc/self/status; mount -t tmpfs x /tmp")
        // CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, SETGID, SETUID, SETPCAP, NET_BIND_SERVICE, SYS_CHROOT,
        // SETFCAP
        let mask = "00000000800405fb"
        #expect(outcome.stdout == "CapEff:\t\(mask)\nCapBnd:\t\(mask)\nCapAmb:\t0000000000000000\n")
        #expect(outcome.exit != .exited(0))
    }

    @Test func `what engines mask is masked, and the kernel's settings are read-only`() async throws {
        let outcome = try await Fixture().run(
            """
            cat /proc/kcore | wc -c; ls /sys/firmware | wc -l
            echo 1 > /proc/sys/vm/drop_caches || echo refused
            echo 1 > /proc/sysrq-trigger || echo refused
            touch /sys/x || echo refused
            mkdir /sys/fs/cgroup/memory/x || echo refused
            """)
        #expect(outcome.stdout == "0\n0\nrefused\nrefused\nrefused\nrefused\n")
    }

    @Test func `a step sees its own processes and devices only`() async throws {
        let outcome = try await Fixture().run(
            """
            ls /proc | grep -c '^[0-9]*$'
            ls /dev | grep -E 'sd|vd|tun' | wc -l
            stat -f -c %T /dev/shm
            ls /proc/1/fd | wc -l
            """
        )
        let lines = outcome.stdout.split(separator: "\n")
        #expect(Int(lines[0]) ?? 99 < 8)
        #expect(lines[1] == "0")
        #expect(lines[2] == "tmpfs")
        // Only the three standard ones.
        #expect(lines[3] == "3")
    }

    @Test func `a passed secret is readable by root alone`() async throws {
        let fixture = try Fixture()
        let step = try fixture.start("sleep 0.1") { $0.environment = ["TOKEN": "secret"] }
        let bundle = try Directory(opening: try fixture.bundle("1"))
        #expect(try bundle.status(".").mode & 0o777 == 0o700)
        #expect(try bundle.status("config.json").mode & 0o777 == 0o600)
        _ = try await fixture.outcome(of: step)
    }
}

import Glibc
import Linux
import Model
import SystemPackage
import Testing

@testable import Sandbox

/// Network modes, with real traffic.
struct NetworkTests {
    /// A listener on the host's loopback that says `reached`, until the value's life ends.
    private struct HostListener: ~Copyable {
        let port = 20000 + Int.random(in: 0..<10000)
        private let process: ProcessHandle

        init() throws {
            let null = try Descriptor.openFile("/dev/null", .readWrite)
            process = try ProcessHandle.spawn(
                "/bin/busybox",
                arguments: ["nc", "-ll", "-p", "\(port)", "-e", "/bin/echo", "reached"],
                descriptors: [null.raw, null.raw, null.raw])
        }

        deinit {
            try? process.signal(SIGKILL)
            _ = try? process.waitBlocking(for: .seconds(5))
            process.reap()
        }
    }

    /// A script that repeats `command` until it works, for a few seconds.
    private func patiently(_ command: String) -> String {
        "for i in $(seq 500); do \(command) && break; sleep 0.01; done"
    }

    /// What is read from `/open` never ends: a client whose input ends may end its server before that has answered.
    private let openInput = "mkfifo /open"

    @Test func `two private steps use one port at once`() async throws {
        let fixture = try Fixture()
        let pool = NetworkPool(fixture.configuration, size: 2)
        let script =
            "\(openInput); (echo $NAME | nc -l -p 8080) & " + patiently("nc 127.0.0.1 8080 <>/open")
        async let first = fixture.run(script, id: "1", network: pool.take()) {
            $0.environment = ["NAME": "one"]
        }
        async let second = fixture.run(script, id: "2", network: pool.take()) {
            $0.environment = ["NAME": "two"]
        }
        #expect(try await first.stdout == "one\n")
        #expect(try await second.stdout == "two\n")
        await pool.close()
    }

    @Test func `a private step does not reach the host's loopback, and a host step does`() async throws {
        let fixture = try Fixture()
        let pool = NetworkPool(fixture.configuration, size: 0)
        let listener = try HostListener()
        let probe = "nc -w 2 ADDRESS \(listener.port) </dev/null"
        for address in ["127.0.0.1", "10.0.2.2"] {
            let script = probe.replacing("ADDRESS", with: address)
            let outcome = try await fixture.run(script, network: pool.take())
            #expect(outcome.stdout.isEmpty, "\(address)")
            #expect(outcome.exit == .exited(1))
        }
        let patient =
            patiently(probe.replacing("ADDRESS", with: "127.0.0.1"))
        let host = try await fixture.run(patient) { $0.network = .host }
        #expect(host.stdout == "reached\n")
    }

    @Test func `a private step reaches addresses beyond the host's loopback`() async throws {
        let address = try #require(try Self.hostAddress())
        let fixture = try Fixture()
        let pool = NetworkPool(fixture.configuration, size: 0)
        let listener = try HostListener()
        let outcome = try await fixture.run(
            patiently("nc -w 2 \(address) \(listener.port) </dev/null | grep ."), network: pool.take())
        #expect(outcome.stdout == "reached\n")
    }

    /// An address of this machine that is not loopback, from its routes; nil where there is none.
    private static func hostAddress() throws -> String? {
        let table = String(
            decoding: try Descriptor.openFile("/proc/net/fib_trie").readAll(limit: 1 << 20), as: UTF8.self)
        var last = ""
        for line in table.split(separator: "\n") {
            if line.contains("/32 host LOCAL"), !last.hasPrefix("127.") { return last }
            last = line.split(separator: " ").last.map(String.init) ?? ""
        }
        return nil
    }

    @Test func `a private network is for one step`() async throws {
        let fixture = try Fixture()
        let network = try await NetworkPool(fixture.configuration, size: 0).take()
        _ = try await fixture.run("true", network: network)
        let failure = #expect(throws: Failure.self) { _ = try fixture.start("true", network: network) }
        #expect(failure?.code == .networkFailed)
    }

    @Test func `a private step has a way out through the host, but no link-local address`() async throws {
        let fixture = try Fixture()
        let pool = NetworkPool(fixture.configuration, size: 0)
        let outcome = try await fixture.run(
            """
            ip -4 addr show tap0 | grep -c 10.0.2.100
            ip route get 169.254.169.254
            ip route get 1.1.1.1
            cat /etc/resolv.conf
            """,
            network: pool.take())
        #expect(outcome.stdout.hasPrefix("1\n"))
        #expect(outcome.stdout.contains("1.1.1.1 via 10.0.2.2 dev tap0"))
        #expect(outcome.stdout.hasSuffix("nameserver 10.0.2.3\n"))
        #expect(outcome.stderr.contains("No route to host"))
    }

    @Test func `without a network there is only loopback, and it works`() async throws {
        let outcome = try await Fixture().run(
            """
            ip -o link | wc -l; wc -c < /etc/resolv.conf
            \(openInput)
            (echo here | nc -l -p 80) &
            """ + "\n" + patiently("nc 127.0.0.1 80 <>/open")
        )
        #expect(outcome.stdout == "1\n0\nhere\n")
    }

    @Test func `a step's slirp4netns ends with it, and so do those nobody used`() async throws {
        let fixture = try Fixture()
        let pool = NetworkPool(fixture.configuration, size: 0)
        let taken = try await pool.take()
        let unused = try await pool.take()
        let used = try ProcessHandle(opening: taken.pid)
        let spare = try ProcessHandle(opening: unused.pid)
        let step = try fixture.start("sleep 0.2; ip -o link | wc -l", network: taken)
        #expect(try !used.hasEnded())
        #expect(try await fixture.outcome(of: step).stdout == "2\n")
        await used.ended()
        #expect(try !spare.hasEnded())
        _ = consume unused
        await spare.ended()
    }

    @Test func `a runc step gets its private network too`() async throws {
        let fixture = try Fixture(runtime: "/usr/sbin/runc")
        let pool = NetworkPool(fixture.configuration, size: 0)
        let outcome = try await fixture.run("ip -4 addr show tap0 | grep -c 10.0.2.100", network: pool.take())
        #expect(outcome.stdout == "1\n")
    }

    @Test func `without slirp4netns the error says what to install`() async throws {
        var configuration = try Fixture().configuration
        for program in ["/no/such/program", "/bin/false"] {
            configuration.slirp4netns = program
            let pool = NetworkPool(configuration)
            let failure = await #expect(throws: Failure.self) { _ = try await pool.take() }
            #expect(failure?.code == .networkFailed)
        }
    }
}

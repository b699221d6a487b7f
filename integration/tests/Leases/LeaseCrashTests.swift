import API
import Client
import Foundation
import Glibc
import Model
import Testing

/// The daemon is killed, and started again, in every phase of a lease; so is who holds the lease.
@Suite struct `A lease whose daemon is killed` {
    private func open(_ body: (Playground) async throws -> Void) async throws {
        try await Playground.open(image: false) { play in
            try await play.importBareImage()
            try play.write("a.txt", "source\n")
            try await play.registerProject()
            try await body(play)
            try await play.awaitNone("left") { try await play.leftovers() }
        }
    }

    /// Moments after a request was sent; nil for right after its answer.
    private static let moments = (0..<10).map { Duration.microseconds($0 * $0 * 250) } + [nil]

    /// Kills the daemon that long after `request` was begun, starts it again, and gives what the request came to.
    private func kill<Value: Sendable>(
        _ play: Playground, after moment: Duration?, _ request: @escaping @Sendable () async throws -> Value
    ) async throws -> Value? {
        let task = Task { try await request() }
        if let moment { try await Task.sleep(for: moment) } else { _ = try await task.value }
        await play.daemon.kill()
        let value = try? await task.value
        try await play.daemon.start()
        return value
    }

    @Test func `while it is prepared is there with its mounts, or not at all`() async throws {
        try await open { play in
            var answered = 0
            for (number, moment) in Self.moments.enumerated() {
                let lease = try await kill(play, after: moment) { try await play.lease("prepare-\(number)") }
                let found = try await play.client.leases().items
                if let lease {
                    answered += 1
                    #expect(found.map(\.id) == [lease.id], "an answered lease is gone")
                }
                for lease in found {
                    try Data().write(to: URL(fileURLWithPath: lease.rootfs + "/play/written"))
                    _ = try await play.commit(lease)
                }
                #expect(try await play.leftovers() == [], "killed after \(String(describing: moment))")
            }
            #expect(answered > 0)
        }
    }

    @Test func `while it is committed is a whole snapshot, or can be committed again, or has ended`()
        async throws
    {
        try await open { play in
            var answered = 0
            for (number, moment) in Self.moments.enumerated() {
                let lease = try await play.lease("commit-\(number)")
                let script = "seq 1000 > play/numbers; seq 1000 > workspace/numbers; rm -r play/lower"
                try await Playground.succeed(script, in: lease.rootfs)
                var snapshot = try await kill(play, after: moment) { try await play.commit(lease) }
                if snapshot != nil { answered += 1 }
                let before = snapshot
                do {
                    snapshot = try await play.commit(lease)
                } catch let failure as Failure {
                    #expect(failure.code == .leaseEnded, "\(failure)")
                }
                if let before {
                    #expect(snapshot == before, "an acknowledged commit is another one")
                }
                if let snapshot {
                    let view = try await play.client.view(snapshot)
                    let seen = try await Playground.succeed(
                        "cat play/numbers workspace/numbers | wc -l; ls play", in: view.rootfs)
                    #expect(seen.lines == ["2000", "numbers"], "killed after \(String(describing: moment))")
                    try await play.client.discardLease(view.id)
                }
                #expect(try await play.leftovers() == [], "killed after \(String(describing: moment))")
            }
            #expect(answered > 0)
        }
    }

    @Test func `while it is discarded is gone, or can be discarded again`() async throws {
        try await open { play in
            for (number, moment) in Self.moments.enumerated() {
                let lease = try await play.lease("discard-\(number)")
                try Data().write(to: URL(fileURLWithPath: lease.rootfs + "/play/written"))
                _ = try await kill(play, after: moment) { try await play.client.discardLease(lease.id) }
                try await play.client.discardLease(lease.id)
                #expect(try await play.leftovers() == [], "killed after \(String(describing: moment))")
                #expect(try await play.client.snapshots().items.isEmpty)
            }
        }
    }

    @Test func `while its view is mounted or taken away leaves nothing`() async throws {
        try await open { play in
            let snapshot = try await play.commit(try await play.lease("seen"))
            for moment in Self.moments {
                let view = try await kill(play, after: moment) { try await play.client.view(snapshot) }
                let found = try await play.client.leases().items
                if let view { #expect(found.map(\.id) == [view.id]) }
                for view in found {
                    _ = try await kill(play, after: moment) { try await play.client.discardLease(view.id) }
                    try await play.client.discardLease(view.id)
                }
                #expect(try await play.leftovers() == [], "killed after \(String(describing: moment))")
            }
        }
    }

    @Test func `and whose time is up meanwhile is gone at the start, with what runs in its bundle`()
        async throws
    {
        try await Playground.open { play in
            try play.write("a.txt", "source\n")
            let leases = LeaseClient(play: play)
            try await leases.register()
            let lease = try await leases.lease(
                "echo started; exec sleep 4712", more: ", \"ttl_seconds\": 600")
            let holder = Task { try await leases.run(lease) }
            try await play.awaitNone("the command does not run") {
                try await play.processes(running: "sleep 4712").isEmpty ? ["nothing"] : []
            }
            // Only now, however long the start has taken.
            let renewed = try await leases.send(
                "POST", "/v1/leases/\(lease["id"])/renew", "{\"ttl_seconds\": 2}")
            #expect(renewed.status == 200, "\(renewed.body)")
            await play.daemon.kill()
            // The holder, too; what it has started goes on.
            for process in try await play.processes(running: "run --bundle \(lease["bundle"])") {
                Glibc.kill(try #require(pid_t(process)), SIGKILL)
            }
            try await Task.sleep(for: .seconds(3))
            #expect(!(try await play.processes(running: "sleep 4712").isEmpty), "the command is gone already")
            try await play.daemon.start()
            #expect(try await play.processes(running: "sleep 4712") == [])
            #expect(try await holder.value.status == 128 + Int(SIGKILL))
            #expect(try await leases.commit(lease["id"]).code == "lease-ended")
            #expect(try await play.leftovers() == [])
            _ = try await runProgram("runc", ["delete", "--force", "test-\(lease["id"])"])
        }
    }

    @Test func `and whose time is up meanwhile is gone at the start, whoever is in its tree`() async throws {
        try await Playground.open { play in
            try play.write("a.txt", "source\n")
            let leases = LeaseClient(play: play)
            try await leases.register()
            let lease = try await leases.lease("true", more: ", \"ttl_seconds\": 5")
            let end = ContinuousClock.now + .seconds(5)
            // In no control group of the lease's.
            let holder = try Holder("echo; exec sleep 1000", in: lease["rootfs"])
            defer { holder.end() }
            try holder.awaitReady()
            await play.daemon.kill()
            #expect(FileManager.default.fileExists(atPath: lease["rootfs"]), "the lease is gone already")
            try await play.awaitNone("the lease's time is not up") {
                ContinuousClock.now < end ? [lease["id"]] : []
            }
            try await play.daemon.start()
            #expect(try await leases.commit(lease["id"]).code == "lease-ended")
            #expect(try await play.leftovers() == [])
            #expect(Glibc.kill(holder.pid, 0) == 0, "the process was none of the lease's")
        }
    }

    @Test func `and whose holder is killed lives on, and can be committed by another`() async throws {
        try await Playground.open { play in
            try play.write("a.txt", "source\n")
            let leases = LeaseClient(play: play)
            try await leases.register()
            let lease = try await leases.lease("echo x > /kept; exec sleep 4713")
            let holder = Task { try await leases.run(lease) }
            try await play.awaitNone("the command does not run") {
                try await play.processes(running: "sleep 4713").isEmpty ? ["nothing"] : []
            }
            for process in try await play.processes(running: "run --bundle \(lease["bundle"])") {
                Glibc.kill(try #require(pid_t(process)), SIGKILL)
            }
            await play.daemon.kill()
            try await play.daemon.start()
            #expect(
                try await leases.commit(lease["id"]).code == "lease-busy", "what the holder started goes on")
            _ = try await runProgram("runc", ["delete", "--force", "test-\(lease["id"])"])
            // Its output ends with the last process that has it.
            #expect(try await holder.value.status == 128 + Int(SIGKILL))
            let commit = try await leases.commit(lease["id"])
            #expect(commit.status == 200 && !commit["snapshot"].isEmpty, "\(commit.body)")
            #expect(try await play.leftovers() == [])
        }
    }
}

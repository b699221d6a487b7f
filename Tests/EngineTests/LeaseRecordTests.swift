import Catalog
import Layers
import Model
import Subprocess
import TestSupport
import Testing

@testable import Engine

/// What the catalog has of leases, for a later life of the daemon.
@Suite struct `A lease's record` {
    private func prepare(_ fixture: EngineFixture) async throws -> Lease {
        let document = """
            version: 1
            image: busybox
            steps: [{key: a, run: "true", workspace: none, network: none, cache: none}]
            """
        let pipeline = try EngineFixture.pipeline(document)
        let request = LeaseRequest(
            step: try #require(pipeline.steps.first), parent: nil, workspace: nil, revision: nil,
            workspaceTarget: .usualWorkspace, mountPoints: [], noCache: false, untrusted: false,
            lifetime: Lease.defaultLifetime, holder: LeaseHolder(uid: 0, gid: 0))
        guard
            case .prepared(let prepared) = try await fixture.engine.prepareLease(
                request, for: Scope(owner: 0), reach: .everywhere)
        else { throw Unprepared() }
        return prepared.lease
    }

    /// As somebody else does.
    private func change(_ catalog: String, _ statement: String) async throws {
        let end = try await run(
            .name("sqlite3"), arguments: ["-cmd", ".timeout 30000", catalog, statement], output: .discarded,
            error: .string(limit: 4096))
        #expect(end.terminationStatus.isSuccess, "\(end.standardError)")
    }

    private struct Unprepared: Error {}
    private struct Killed: Error {}

    @Test func `whose tree is about to be walked offers it to no later life`() async throws {
        try await EngineFixture.open { fixture in
            let engine = fixture.engine
            var lease = try await prepare(fixture)
            // As a commit leaves it that has met with a copy of the mounts, and a daemon that is started again.
            try LeaseTree(lease, in: engine.sandbox.mountsDirectory).unmountAll()
            var step = try #require(lease.step)
            step.draining = []
            lease.subject = .step(step)
            try await engine.catalog.save(lease)
            let (draining, left) = (lease, step)
            await #expect(throws: Killed.self) {
                try await engine.release(left, of: draining) {
                    (_: consuming QuietStep) throws -> Void in throw Killed()
                }
            }
            let begun = try #require(try await engine.catalog.lease(lease.id))
            #expect(begun.step?.active == step.active && begun.step?.draining == nil && begun.end == nil)
            try await engine.recover()
            let ended = try #require(try await engine.catalog.lease(lease.id))
            #expect(ended.end == .overran(RecoveryPlan.treeIsGone))
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `has its end as soon as the catalog takes changes again`() async throws {
        try await EngineFixture.open { fixture in
            let engine = fixture.engine
            let lease = try await prepare(fixture)
            let catalog = fixture.root + "/store/catalog.sqlite"
            try await change(
                catalog, "CREATE TRIGGER full BEFORE INSERT ON lease BEGIN SELECT RAISE(ABORT, 'full'); END")
            try await engine.discardLease(lease.id, force: true, in: .everywhere)
            #expect(try await engine.catalog.lease(lease.id)?.end == nil)
            // It is known here all the same.
            let failure = await #expect(throws: Failure.self) {
                _ = try await engine.lease(lease.id, in: .everywhere)
            }
            #expect(failure?.code == .leaseEnded)
            try await change(catalog, "DROP TRIGGER full")
            try await eventually("the lease's end on record") {
                try await engine.catalog.lease(lease.id)?.end != nil
            }
            #expect(try await engine.catalog.lease(lease.id)?.end == .discarded)
        }
    }

    @Test func `is found in its own scope and everywhere, and in no other scope`() async throws {
        try await EngineFixture.open { fixture in
            let engine = fixture.engine
            let id = try await prepare(fixture).id
            for reach in [Reach.scope(Scope(owner: 0)), .everywhere] {
                #expect(try await engine.leases(in: reach, before: nil, limit: 10).map(\.lease.id) == [id])
                #expect(try await engine.lease(id, in: reach).lease.id == id)
            }
            let other = Reach.scope(Scope(owner: 9))
            #expect(try await engine.leases(in: other, before: nil, limit: 10).isEmpty)
            let failure = await #expect(throws: Failure.self) { _ = try await engine.lease(id, in: other) }
            #expect(failure?.code == .notFound)
            try await engine.discardLease(id, force: true, in: .everywhere)
        }
    }
}

@Suite struct `An output that has not begun` {
    @Test(.timeLimit(.minutes(1))) func `is not waited for by who is cancelled`() async throws {
        let log = ExecutionLog()
        let reading = Task { try await log.reader() == nil }
        reading.cancel()
        #expect(try await reading.value)
    }
}

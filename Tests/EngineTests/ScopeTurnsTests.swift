import Catalog
import Linux
import Model
import Synchronization
import Testing

@testable import Engine

@Suite struct `Directories that are taken in` {
    @Test func `wait for others of their scope where those have half, and no other scope does`() async {
        let turns = ScopeTurns(limit: 2)
        let (gate, opener) = AsyncStream.makeStream(of: Void.self)
        let (start, starter) = AsyncStream.makeStream(of: Void.self)
        let first = Task {
            await turns.withTurn(of: Scope(owner: 7)) {
                starter.finish()
                for await _ in gate {}
            }
        }
        for await _ in start {}
        let second = Task { await turns.withTurn(of: Scope(owner: 7)) { 2 } }
        while turns.waiting == 0 { await Task.yield() }
        let other = await turns.withTurn(of: Scope(owner: 8)) { 8 }
        #expect(other == 8 && turns.waiting == 1)
        opener.finish()
        await first.value
        let last = await second.value
        #expect(last == 2 && turns.waiting == 0)
    }

    @Test func `are never more than there may be, and each has its turn`() async {
        let turns = ScopeTurns(limit: 4)
        let counts = Counts()
        await withTaskGroup { group in
            for number in 0..<300 {
                let scope = Scope(owner: UInt32(number % 3))
                group.addTask {
                    await turns.withTurn(of: scope) {
                        counts.enter(scope)
                        await Task.yield()
                        counts.leave(scope)
                    }
                }
            }
        }
        #expect(counts.done == 300)
        #expect(counts.most <= 4 && counts.mostOfOne <= 2)
    }

    @Test func `of one workspace that wait for each other leave room for another workspace`() async throws {
        try await EngineFixture.open { fixture in
            let engine = fixture.engine
            let scope = Scope(owner: 0)
            let folder = fixture.root + "/image"
            func register(_ name: String) async throws -> RevisionSummary {
                try await engine.registerRevision(
                    of: try ResourceName(name, kind: "workspace"),
                    RevisionRequest(path: Array(folder.utf8)), by: try EngineFixture.peer, in: scope)
            }
            let workspace = try await engine.catalog.workspace(
                try ResourceName("busy", kind: "workspace"), in: scope)
            try await withThrowingTaskGroup(of: Void.self) { group in
                try await engine.workspaceTurns.withTurn(workspace) { () async throws in
                    for _ in 0..<32 { group.addTask { _ = try await register("busy") } }
                    while engine.workspaceTurns.waiting(for: workspace) < 32 { await Task.yield() }
                    #expect(try await register("other").files > 0)
                }
                try await group.waitForAll()
            }
        }
    }

    private final class Counts: Sendable {
        private struct State: Sendable {
            var now = ScopeTally()
            var most = 0
            var mostOfOne = 0
            var done = 0
        }

        private let state = Mutex(State())
        var most: Int { state.withLock { $0.most } }
        var mostOfOne: Int { state.withLock { $0.mostOfOne } }
        var done: Int { state.withLock { $0.done } }

        func enter(_ scope: Scope) {
            state.withLock { state in
                state.now.add(scope)
                state.most = max(state.most, state.now.all)
                state.mostOfOne = max(state.mostOfOne, state.now[scope])
            }
        }

        func leave(_ scope: Scope) {
            state.withLock { state in
                state.now.remove(scope)
                state.done += 1
            }
        }
    }
}

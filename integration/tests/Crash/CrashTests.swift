import Foundation
import Synchronization
import TestSupport
import Testing

@Suite struct `A daemon that is killed` {
    private func open(_ body: (Playground) async throws -> Void) async throws {
        try await Playground.open(image: false, body)
    }

    /// Starts a daemon on an empty store.
    private func beginAnew(_ play: Playground, at point: CrashPoint?) async throws {
        await play.daemon.stop()
        try FileManager.default.removeItem(atPath: play.store)
        try await play.daemon.start(
            environment: CrashPoint.environment(point, in: play), mayDie: point != nil)
    }

    /// What a life of the daemon changes in which everything is done once.
    private func recorded(_ play: Playground) async throws -> [String] {
        try await beginAnew(play, at: nil)
        var workload = CrashWorkload(play)
        await workload.perform(round: 0)
        #expect(workload.snapshots.count >= 6, "the workload was not done")
        try await play.awaitNone("what is deleted stays") {
            try FileManager.default.contentsOfDirectory(atPath: play.store + "/dead")
        }
        await play.daemon.stop()
        let changes = CrashPoint.changes(in: play)
        try await play.daemon.start()
        return changes
    }

    @Test func `can be killed at every change it makes, and each is known`() async throws {
        try await open { play in
            let seen = Set(try await recorded(play))
            let known = Set(StateChange.all.map(\.change))
            #expect(
                seen.subtracting(known).isEmpty,
                "changes that StateChange.swift and docs/disk-format.md do not know: \(seen.subtracting(known).sorted())"
            )
            let unseen = Set(StateChange.all.filter { !$0.isOptional }.map(\.change)).subtracting(seen)
            #expect(unseen.isEmpty, "changes that no daemon makes any more: \(unseen.sorted())")
        }
    }

    @Test func `is described with every change it makes`() throws {
        #expect(try StateChange.documented == StateChange.all.map(\.row))
    }

    @Test(arguments: StateChange.all)
    func `at a change of state loses nothing that it acknowledged, and leaves nothing`(
        change: StateChange
    ) async throws {
        for point in Self.points(of: change) { try await survive(point, change) }
    }

    /// Before or after it, as its name has it; both in a long run.
    private static func points(of change: StateChange) -> [CrashPoint] {
        var random = SplitMix(seed: change.change.utf8.reduce(0) { $0 &* 31 &+ UInt64($1) })
        let isFirst = Bool.random(using: &random)
        return (kills >= 1000 ? [true, false] : [isFirst]).map { isAfter in
            CrashPoint(
                change: change.change, occurrence: Int.random(in: 1...change.often, using: &random),
                isAfter: isAfter)
        }
    }

    private func survive(_ point: CrashPoint, _ change: StateChange) async throws {
        try await open { play in
            try await beginAnew(play, at: point)
            func isReached() -> Bool {
                CrashPoint.changes(in: play).count { $0 == change.change } >= point.occurrence
            }
            let (workload, hasDied) = try await perform(CrashWorkload(play), play)
            if change.isInBackground, !hasDied {
                try await play.awaitNone("nothing is removed") {
                    isReached() || play.daemon.unexpectedEnd != nil ? [] : [change.change]
                }
            }
            // What is done when it stops counts, too.
            await play.daemon.stop()
            #expect(isReached() || change.isOptional, "was not killed \(point)")
            try await play.daemon.start()
            try await workload.check("killed \(point)")
        }
    }

    /// Does the work once. A daemon that dies meanwhile is started again at once, and clients wait for it.
    private func perform(
        _ workload: CrashWorkload, _ play: Playground
    ) async throws -> (workload: CrashWorkload, hasDied: Bool) {
        let end = End()
        async let done = {
            defer { end.isThere.store(true, ordering: .relaxed) }
            var workload = workload
            await workload.perform(round: 0)
            return workload
        }()
        var hasDied = false
        while !end.isThere.load(ordering: .relaxed) {
            if play.daemon.unexpectedEnd != nil {
                hasDied = true
                try await play.daemon.start()
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        return (await done, hasDied)
    }

    private final class End: Sendable {
        let isThere = Atomic(false)
    }

    /// How often the daemon is killed at a random time.
    private static let kills = ProcessInfo.processInfo.environment["VARVE_CRASHES"].flatMap(Int.init) ?? 30

    /// A thousand kills take more than an hour one after the other; several daemons mostly wait.
    private static let seeds: [UInt64] = kills >= 1000 ? [4711, 4712, 4713, 4714] : [4711]

    @Test(arguments: seeds)
    func `at random times under load loses nothing that it acknowledged, and leaves nothing`(
        seed: UInt64
    ) async throws {
        try await open { play in
            let kills = Self.kills / Self.seeds.count
            var random = SplitMix(seed: seed)
            var workload = CrashWorkload(play)
            await workload.perform(round: 0)
            for kill in 1...kills {
                let moment = Int.random(in: 0...2500, using: &random)
                let load = Task { [workload] in
                    var workload = workload
                    await workload.perform(round: kill)
                    return workload
                }
                try await Task.sleep(for: .milliseconds(moment))
                await play.daemon.kill()
                try await play.daemon.start()
                workload = await load.value
                try await workload.check("kill no. \(kill) after \(moment) ms")
            }
            #expect(workload.acknowledgements > kills)
        }
    }
}

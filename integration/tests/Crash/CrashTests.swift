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
        #expect(workload.isDone, "the workload was not done")
        let later = StateChange.all.filter { $0.isInBackground && !$0.isOptional }.map(\.change)
        try await play.awaitNone("changes that never came") {
            let seen = Set(CrashPoint.changes(in: play))
            return later.filter { !seen.contains($0) }
        }
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

    @Test func `is killed a hundred times at least`() {
        let changes = StateChange.all.filter { !$0.isOptional }
        #expect(changes.count + Self.usualKills >= 100)
    }

    @Test(arguments: StateChange.all)
    func `at a change of state loses nothing that it acknowledged, and leaves nothing`(
        change: StateChange
    ) async throws {
        for point in Self.points(of: change) {
            print("to be killed \(point)")
            try await survive(point, change)
        }
    }

    /// Says before or after which changes a daemon is killed, and at which of their occurrences. Another one in each run
    /// unless it is given, since a run kills on one side of each change only.
    private static let seed: UInt64 = {
        let given = ProcessInfo.processInfo.environment["VARVE_CRASH_SEED"].flatMap { UInt64($0) }
        let seed = given ?? UInt64.random(in: 0..<10_000)
        print("VARVE_CRASH_SEED=\(seed)")
        return seed
    }()

    /// Before every second change and after the others, by the seed; before and after each in a long run.
    private static func points(of change: StateChange) -> [CrashPoint] {
        let position = StateChange.all.firstIndex { $0.change == change.change } ?? 0
        let isAfter = (UInt64(position) &+ seed).isMultiple(of: 2)
        var random = SplitMix(seed: change.change.utf8.reduce(seed) { $0 &* 31 &+ UInt64($1) })
        return (kills >= 1000 ? [true, false] : [isAfter]).map { isAfter in
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

    /// What a start brings in order is left half done, for the next one.
    private func startAndKill(_ play: Playground, after moment: Duration) async throws {
        async let started: Void = play.daemon.start(mayDie: true)
        try await Task.sleep(for: moment)
        await play.daemon.kill()
        try await started
        // It may only have begun when it was to be killed.
        await play.daemon.kill()
    }

    private final class End: Sendable {
        let isThere = Atomic(false)
    }

    /// How often the daemon is killed at a random time.
    private static let kills =
        ProcessInfo.processInfo.environment["VARVE_CRASHES"].flatMap(Int.init) ?? usualKills

    /// Beside those at changes.
    private static let usualKills = 30

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
                let moment = Int.random(in: 0...4000, using: &random)
                let load = Task { [workload] in
                    var workload = workload
                    await workload.perform(round: kill)
                    return workload
                }
                try await Task.sleep(for: .milliseconds(moment))
                await play.daemon.kill()
                if random.chance(25) {
                    let milliseconds = Int.random(in: 0...600, using: &random)
                    try await startAndKill(play, after: .milliseconds(milliseconds))
                }
                try await play.daemon.start()
                workload = await load.value
                try await workload.check("kill no. \(kill) after \(moment) ms")
            }
            #expect(workload.acknowledged.count > kills)
        }
    }
}

import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

/// How often a daemon is killed at a random time, beside those at changes of state.
private enum RandomKills {
    static let count = ProcessInfo.processInfo.environment["VARVE_CRASHES"].flatMap(Int.init) ?? 30

    /// A thousand kills take more than an hour one after the other; several daemons mostly wait.
    static let seeds: [UInt64] = isLong ? [4711, 4712, 4713, 4714] : [4711]

    static let isLong = count >= 1000
}

extension Trait where Self == DeathToll {
    /// A hundred at least, or as many as are asked for.
    fileprivate static var deathToll: DeathToll {
        DeathToll(
            least: max(100, RandomKills.count), cases: StateChange.all.count + RandomKills.seeds.count)
    }
}

@Suite(.deathToll) struct `A daemon that is killed` {
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

    @Test(arguments: StateChange.all)
    func `at a change of state loses nothing that it acknowledged, and leaves nothing`(
        change: StateChange
    ) async throws {
        defer { DeathToll.endCase() }
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
        return (RandomKills.isLong ? [true, false] : [isAfter]).map { isAfter in
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
            let hasDiedSince = try await stop(play)
            DeathToll.add(deaths: hasDied || hasDiedSince ? 1 : 0)
            #expect(hasDied || hasDiedSince || change.isOptional, "was not killed \(point)")
            try await play.daemon.start()
            try await workload.check("killed \(point)")
        }
    }

    /// Has the daemon stop, if it is still there. True if it was killed before that was done.
    private func stop(_ play: Playground) async throws -> Bool {
        if play.daemon.unexpectedEnd == nil, let process = play.daemon.pid { Glibc.kill(process, SIGTERM) }
        try await eventually("the daemon ends") { play.daemon.unexpectedEnd != nil }
        return isDead(play)
    }

    /// Killed, that is: a daemon that ends in any other way has not met its crash point.
    private func isDead(_ play: Playground) -> Bool {
        play.daemon.unexpectedEnd?.prefixMatch(of: /varved ended by .{1,40} 9:/) != nil
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
            if let end = play.daemon.unexpectedEnd {
                #expect(isDead(play), "\(end)")
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

    @Test(arguments: RandomKills.seeds)
    func `at random times under load loses nothing that it acknowledged, and leaves nothing`(
        seed: UInt64
    ) async throws {
        defer { DeathToll.endCase() }
        try await open { play in
            let kills = RandomKills.count / RandomKills.seeds.count
            var deaths = 0
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
                if play.daemon.pid != nil, play.daemon.unexpectedEnd == nil { deaths += 1 }
                await play.daemon.kill()
                if random.chance(25) {
                    let milliseconds = Int.random(in: 0...600, using: &random)
                    try await startAndKill(play, after: .milliseconds(milliseconds))
                }
                try await play.daemon.start()
                workload = await load.value
                try await workload.check("kill no. \(kill) after \(moment) ms")
            }
            DeathToll.add(deaths: deaths)
            #expect(deaths == kills)
            #expect(workload.acknowledged.count > kills)
        }
    }
}

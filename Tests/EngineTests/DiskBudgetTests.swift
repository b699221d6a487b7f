import Catalog
import Foundation
import Layers
import Linux
import Model
import TestSupport
import Testing

@testable import Engine

@Suite struct `A store's budget` {
    private static let mebibyte: Int64 = 1 << 20

    private func pipeline(_ number: Int, _ mebibytes: Int) -> String {
        """
        version: 1
        image: busybox
        steps:
          - key: s\(number)
            run: "busybox dd if=/dev/zero of=/f bs=1048576 count=\(mebibytes); echo \(number) > /n"
            cache: forever
            workspace: none
            network: none
        """
    }

    private func open(
        patience: Int64 = 60, keepRuns: Int = 200, _ body: (EngineFixture) async throws -> Void
    ) async throws {
        try await EngineFixture.open(
            configure: { configuration in
                configuration.disk = DiskMarks(budget: ByteSize(bytes: 48 * Self.mebibyte))
                configuration.diskWait = TimeSpan(seconds: patience)
                configuration.keepRuns = keepRuns
            }, body)
    }

    /// Twelve runs that have ended `ago`, with events of 4 MiB each; the oldest first.
    private func addRuns(endedSeconds ago: Int64, to fixture: EngineFixture) async throws -> [String] {
        let end = fixture.engine.now().adding(TimeSpan(seconds: -ago))
        var ids: [String] = []
        for number in 1...12 {
            var run = RunRecord(
                id: String(format: "%016x", number), scope: Scope(owner: 0), workspace: nil, ingest: nil,
                revision: nil, created: end)
            run.status = .passed
            run.ended = end
            try await fixture.engine.catalog.addRun(run, steps: [])
            let directory = "\(fixture.root)/store/runs/\(run.id)"
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            try Data(repeating: 0x0A, count: Int(4 * Self.mebibyte)).write(
                to: URL(fileURLWithPath: directory + "/events.ndjson"))
            ids.append(run.id)
        }
        return ids
    }

    private func runs(_ fixture: EngineFixture) async throws -> Set<String> {
        let directories = try FileManager.default.contentsOfDirectory(atPath: fixture.root + "/store/runs")
        let recorded = try await fixture.engine.catalog.runs(
            in: .everywhere, workspace: nil, before: nil, limit: 100)
        #expect(Set(directories) == Set(recorded.map(\.id)))
        return Set(directories)
    }

    @Test func `that events of runs use up costs those beyond the runs to be kept, and no snapshot`()
        async throws
    {
        try await open(keepRuns: 3) { fixture in
            let engine = fixture.engine
            await engine.upkeep.close()
            let id = try #require(try await fixture.run(pipeline(1, 1)).steps.first?.snapshot)
            let ids = try await addRuns(endedSeconds: 61, to: fixture)
            try await engine.makeRoom(isAwaited: true)
            let left = try await runs(fixture)
            #expect(left.isSuperset(of: ids.suffix(2)) && left.isDisjoint(with: ids.dropLast(2)))
            #expect(try await engine.catalog.snapshot(id) != nil)
        }
    }

    @Test func `that events of runs use up costs the oldest that may be kept, when nothing else may go`()
        async throws
    {
        try await open { fixture in
            let engine = fixture.engine
            await engine.upkeep.close()
            let ids = try await addRuns(endedSeconds: 61, to: fixture)
            try await engine.makeRoom(isAwaited: true)
            #expect(try await runs(fixture) == Set(ids.suffix(4)))
            #expect(try await engine.disk.look().level < .high)
        }
    }

    @Test func `leaves the events of a run that has just ended`() async throws {
        try await open { fixture in
            await fixture.engine.upkeep.close()
            let ids = try await addRuns(endedSeconds: 5, to: fixture)
            try await fixture.engine.makeRoom(isAwaited: true)
            #expect(try await runs(fixture) == Set(ids))
        }
    }

    @Test func `is a cap: whatever is run, no more is kept, and no less than must go`() async throws {
        try await open { fixture in
            let engine = fixture.engine
            // A step takes less than lies between the high mark and the end of what may be written.
            for number in 1...40 {
                let run = try await fixture.run(pipeline(number, 2))
                #expect(run.record.status == .passed, "\(run)")
                let usage = try await engine.usage(workspacesIn: .everywhere)
                let total =
                    usage.layers.values.reduce(0, +) + usage.runs.bytes + usage.active + usage.dead
                    // On its way out: no record claims it any more.
                    + usage.own + usage.unaccounted
                #expect(total <= 48 * Self.mebibyte, "after \(number)")
            }
            await engine.upkeep.close()
            #expect(try await engine.usage(workspacesIn: .everywhere).unaccounted == 0)
            // Down to three quarters of the budget at a time.
            let count = try await engine.catalog.snapshotCount()
            #expect((10..<25).contains(count), "\(count)")
        }
    }

    @Test func `that is used up by what must stay refuses a step before it begins`() async throws {
        try await open(patience: 1) { fixture in
            let engine = fixture.engine
            var pinned: [String] = []
            var end: RunDetails?
            for number in 1...200 where end == nil {
                let run = try await fixture.run(pipeline(number, 1))
                guard run.record.status == .passed, let id = run.steps.first?.snapshot else {
                    end = run
                    break
                }
                do {
                    _ = try await engine.pinSnapshot(id, true, in: .everywhere)
                    pinned.append(id)
                } catch let failure as Failure where failure.code == .notFound {
                    // Above the high mark it is all that may go, and may have gone.
                }
            }
            let refused = try #require(end)
            #expect(refused.steps.map(\.status) == [.error])
            #expect(refused.steps.first?.errorCode == .storageFull)
            let told = try await fixture.events(of: refused.record.id)
            let step = try #require(refused.steps.first?.step)
            #expect(told.contains("step \(step) was not begun") && told.contains("disk_budget"), "\(told)")
            #expect(told.contains(#""code":"disk-wait""#))
            for id in pinned { #expect(try await engine.catalog.snapshot(id) != nil) }
            // With one of them free to go, there is room again, without anybody asking for it.
            _ = try await engine.pinSnapshot(try #require(pinned.first), false, in: .everywhere)
            _ = try await engine.pinSnapshot(try #require(pinned.last), false, in: .everywhere)
            try await eventually("room again") { try await engine.disk.look().level < .reserve }
            let next = try await fixture.run(pipeline(1000, 1))
            #expect(next.record.status == .passed, "\(next)")
        }
    }

    @Test func `refuses an image that is more than it leaves, and takes one that is less`() async throws {
        try await open { fixture in
            let engine = fixture.engine
            await engine.upkeep.close()
            let before = try await engine.catalog.layerNumbers()
            func importImage(_ text: String, mebibytes: Int) async throws {
                try Data(repeating: 1, count: mebibytes * Int(Self.mebibyte)).write(
                    to: URL(fileURLWithPath: fixture.root + "/image/content"))
                _ = try await engine.importImage(
                    try ResourceName(text, kind: "image"), from: fixture.root + "/image",
                    by: .success(try EngineFixture.peer), into: .named(nil)
                ) { _ in }
            }
            let refusal = await #expect(throws: Failure.self) {
                try await importImage("large", mebibytes: 60)
            }
            #expect(refusal?.code == .storageFull && refusal?.fix.contains("disk_budget") == true)
            #expect(try await engine.catalog.layerNumbers() == before)
            try await engine.emptyGraveyard()
            #expect(try await engine.disk.look().level < .high)
            try await importImage("small", mebibytes: 8)
            #expect(try await engine.catalog.layerNumbers().count == before.count + 1)
        }
    }

    @Test func `refuses to put on record what goes beyond it with what nobody counts yet`() async throws {
        try await open { fixture in
            let engine = fixture.engine
            try await engine.admitRecord(of: "image small", 8 * Self.mebibyte)
            let refusal = await #expect(throws: Failure.self) {
                try await engine.admitRecord(of: "image large", 48 * Self.mebibyte)
            }
            #expect(refusal?.code == .storageFull && refusal?.detail.contains("image large has") == true)
        }
    }

    @Test func `ends the step that goes beyond it`() async throws {
        try await open { fixture in
            let run = try await fixture.run(
                pipeline(1, 80).replacing("count=80", with: "count=80; sleep 600"))
            #expect(run.steps.map(\.status) == [.error])
            let told = try await fixture.events(of: run.record.id)
            #expect(told.contains("step s1 wrote") && told.contains("budget"), "\(told)")
        }
    }
}

@Suite struct `What a store takes` {
    @Test func `adds up to what is on the disk, strangers included`() async throws {
        try await EngineFixture.open { fixture in
            let engine = fixture.engine
            _ = try await fixture.run(
                """
                version: 1
                image: busybox
                steps:
                  - key: many
                    run: "mkdir -p /d/e; for n in 1 2 3 4 5 6 7 8; do echo $n > /d/e/$n; done; busybox ln /d/e/1 /d/one"
                    cache: forever
                    workspace: none
                    network: none
                """)
            try FileManager.default.createDirectory(
                atPath: fixture.root + "/store/layers/strange", withIntermediateDirectories: true)
            try Data(repeating: 1, count: 300_000).write(
                to: URL(fileURLWithPath: fixture.root + "/store/layers/strange/file"))
            try Data(repeating: 1, count: 100_000).write(
                to: URL(fileURLWithPath: fixture.root + "/store/other"))
            await engine.upkeep.close()
            // What is written is allocated for good only then.
            try engine.layers.synchronize()
            let usage = try await engine.usage(workspacesIn: .everywhere)
            #expect(usage.unaccounted >= 400_000 && usage.unaccounted < 440_000)
            let total =
                usage.layers.values.reduce(0, +) + usage.runs.bytes + usage.active + usage.dead + usage.own
                + usage.unaccounted
            let disk = try allocated(fixture.root + "/store")
            // The catalog's log may grow between the two.
            #expect(abs(total - disk) < 300_000, "\(total) of \(disk)")
        }
    }

    /// What `du` says.
    private func allocated(_ path: String) throws -> Int64 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/du")
        process.arguments = ["-s", "--block-size=1", path]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return try #require(Int64(text.prefix { $0.isNumber }))
    }
}

import Catalog
import Foundation
import Linux
import Model
import Synchronization
import TestSupport
import Testing

@testable import Engine

@Suite struct `A round of collection` {
    @Test func `leaves a manifest alone that is about to count`() async throws {
        try await EngineFixture.open { fixture in
            let (engine, catalog) = (fixture.engine, fixture.engine.catalog)
            // Rounds are this test's own.
            await engine.upkeep.close()
            let workspace = try await catalog.workspace(
                try ResourceName("w", kind: "workspace"), in: Scope(owner: 0))
            let manifest = ManifestBuilder(rootMode: 0o755).finish()
            let ingest = Ingest(
                number: 0, workspace: workspace, revision: manifest.digest, layers: [],
                ingested: Timestamp(seconds: 1), files: 0, bytes: 0)
            // The second time the file is there already, of no account and about to go.
            for _ in 1...2 {
                let round = try await engine.revisions.save(manifest) { () async throws(Failure) in
                    let round = Task { try await engine.dropUnreferenced() }
                    _ = try await catalog.addIngest(ingest, new: [])
                    return round
                }
                try await round.value
                let read = try await RevisionCache(store: engine.store).manifest(manifest.digest)
                #expect(read.digest == manifest.digest)
                _ = try await catalog.removeIngests(of: workspace, revision: manifest.digest)
            }
            try await engine.dropUnreferenced()
            await #expect(throws: Failure.self) {
                _ = try await RevisionCache(store: engine.store).manifest(manifest.digest)
            }
        }
    }

    @Test func `leaves files alone that are being written; a start takes those of an earlier life`()
        async throws
    {
        try await EngineFixture.open { fixture in
            let (engine, store) = (fixture.engine, fixture.engine.store)
            await engine.upkeep.close()
            for folder in ["manifests", "scans"] {
                try Data("half".utf8).write(to: URL(fileURLWithPath: "\(store.path)/\(folder)/.4711"))
            }
            try await engine.dropUnreferenced()
            #expect(try store.manifests.entryNames().contains(Array(".4711".utf8)))
            #expect(try store.scanCaches.entryNames().contains(Array(".4711".utf8)))
            try await engine.recover()
            #expect(try !store.manifests.entryNames().contains(Array(".4711".utf8)))
            #expect(try !store.scanCaches.entryNames().contains(Array(".4711".utf8)))
        }
    }

    @Test func `leaves directories of runs alone; a start takes those of runs that are not on record`()
        async throws
    {
        try await EngineFixture.open { fixture in
            let (engine, store) = (fixture.engine, fixture.engine.store)
            let kept = try await fixture.run(
                "version: 1\nimage: busybox\nsteps: [{key: a, run: 'true', workspace: none, network: none}]")
            // A daemon that was killed before the run was on record, or before its directory was deleted.
            let lost = TimedID.next(at: Timestamp(seconds: 1))
            _ = try store.createRunDirectory(lost)
            _ = try store.createRunDirectory("notes")
            func isThere(_ name: String) -> Bool {
                FileManager.default.fileExists(atPath: "\(store.path)/runs/\(name)")
            }
            await engine.collect()
            #expect(isThere(lost))
            try await engine.recover()
            #expect(!isThere(lost))
            #expect(isThere(kept.record.id) && isThere("notes"))
        }
    }

    @Test func `leaves the image alone that a name stands for in a run`() async throws {
        try await EngineFixture.open { fixture in
            let engine = fixture.engine
            await engine.upkeep.close()
            let name = try ResourceName("busybox", kind: "image")
            let run = try await liveRun(fixture)
            let first = try await engine.image(for: name, in: run)
            try Data("new".utf8).write(to: URL(fileURLWithPath: fixture.root + "/image/new"))
            _ = try await engine.importImage(
                name, from: fixture.root + "/image", by: .success(try EngineFixture.peer), into: .named(nil)
            ) { _ in }
            let other = try await engine.image(for: name, in: try await liveRun(fixture))
            #expect(other.digest != first.digest)
            await engine.collect()
            #expect(try await engine.image(for: name, in: run) == first)
            #expect(try await engine.catalog.image(first.digest) == first)
            #expect(try await engine.catalog.hasLayers(first.layers.map(\.layer)))
            run.end(.requested)
        }
    }

    @Test func `takes an image that no run stands on`() async throws {
        try await EngineFixture.open { fixture in
            let engine = fixture.engine
            await engine.upkeep.close()
            let name = try ResourceName("busybox", kind: "image")
            let digest = try await engine.image(name, in: Scope(owner: 0)).image.digest
            try await engine.removeImage(name, in: .named(nil), isAdmin: true)
            await engine.collect()
            #expect(try await engine.catalog.image(digest) == nil)
        }
    }

    @Test func `leaves the revision alone of a run that begins meanwhile`() async throws {
        try await EngineFixture.open { fixture in
            let (engine, catalog) = (fixture.engine, fixture.engine.catalog)
            await engine.upkeep.close()
            let workspace = try await catalog.workspace(
                try ResourceName("w", kind: "workspace"), in: Scope(owner: 0))
            var ingests: [Ingest] = []
            for number in 1...2 {
                let ingest = Ingest(
                    number: 0, workspace: workspace,
                    revision: ManifestBuilder(rootMode: 0o755).finish().digest, layers: [],
                    ingested: Timestamp(seconds: Int64(number)), files: 0, bytes: 0)
                ingests.append(try await catalog.addIngest(ingest, new: []))
            }
            let old = ingests[0]
            // Who is counted before it is asked keeps it; who comes later is told that it is gone.
            _ = try await catalog.dropOldIngests(keep: 1, inUse: { [old.number] })
            #expect(try await catalog.has(old))
            let late = Mutex<Task<Bool, any Error>?>(nil)
            let dropped = try await catalog.dropOldIngests(keep: 1) {
                late.withLock { $0 = Task { try await catalog.has(old) } }
                return []
            }
            #expect(dropped == 1)
            let isThere = try await late.withLock { $0 }?.value
            #expect(isThere == false)
            #expect(try await catalog.has(ingests[1]))
        }
    }

    private func liveRun(_ fixture: EngineFixture) async throws -> LiveRun {
        try await fixture.undrivenRun(
            """
            version: 1
            image: busybox
            steps: [{key: a, run: "true", workspace: none, network: none}]
            """)
    }
}

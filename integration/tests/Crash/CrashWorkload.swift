import API
import Client
import Foundation
import Model
import TestSupport
import Testing

/// Something of everything a daemon does, with a record of what it has acknowledged: that must hold after any crash.
///
/// Not done is what takes a chain of 65 snapshots to come to: its squash, which `DeepChainTests` kill.
struct CrashWorkload {
    let play: Playground
    private(set) var acknowledged = Acknowledgements()
    /// The last round was done as a whole.
    private(set) var isDone = false

    init(_ play: Playground) { self.play = play }

    /// Lines in a volume, one for each run that was acknowledged.
    private(set) var lines = 0

    /// The newest revision that was uploaded; older ones are dropped in time.
    private var uploaded: Acknowledgements.Thing?

    /// What is done beside images and runs.
    private enum Work: CaseIterable {
        case failures, leases, uploads, volumes, pruning, removals
    }

    /// - Parameter lines: fewer must not be in the volume; what is at its two places must be equal.
    static func pipeline(lines: Int = 0) -> String {
        """
        version: 1
        image: busybox
        steps:
          - {key: base, run: "echo base > /base; echo made > made", cache: forever, network: none}
          - key: use
            from: base
            cache: workspace
            network: none
            run: |
              cat a.txt made /base > used
              # Nothing has changed then: a copy that the commit drops.
              mv made moved
              mv moved made
          - key: result
            from: use
            network: none
            mounts: [{volume: log, paths: [/log, /log2]}]
            run: |
              cat used
              touch /log/lines /log2/lines
              cmp /log/lines /log2/lines || exit 1
              [ $(wc -l < /log/lines) -ge \(lines) ] || exit 2
              echo x >> /log/lines
              echo x >> /log2/lines
        """
    }

    /// Does everything once, as far as the daemon lives. `round` is in the source, and says what comes first: a daemon
    /// that is killed soon shall not always be killed at the same.
    mutating func perform(round: Int) async {
        isDone = false
        guard await importImage() else { return }
        do {
            try await register(round)
            for state in ["\(round) first", "\(round) second"] {
                guard await run(state) else { return }
            }
            let all = Work.allCases
            for offset in all.indices { try await perform(all[(round + offset) % all.count], round) }
            isDone = true
        } catch {
            // The daemon has gone.
        }
    }

    private mutating func perform(_ work: Work, _ round: Int) async throws {
        switch work {
        case .failures: try await failures()
        case .leases: try await leases(round)
        case .uploads: try await uploads(round)
        case .volumes: try await volumes(round)
        case .pruning: try await prune(round)
        case .removals: try await removals(round)
        }
    }

    private mutating func importImage() async -> Bool {
        let image = play.root + "/busybox"
        do {
            if !FileManager.default.fileExists(atPath: image) { try await Busybox.makeRoot(image) }
            let imported = try await play.varve(["image", "import", "busybox", image])
            if imported.status == 0 { acknowledged.keep(.image("busybox"), by: "an import") }
            return imported.status == 0
        } catch {
            return false
        }
    }

    private mutating func run(_ source: String) async -> Bool {
        guard (try? play.write("a.txt", source + "\n")) != nil,
            let result = try? await play.run(Self.pipeline(lines: lines))
        else { return false }
        if result.status(of: "result") == "passed" { lines += 1 }
        for event in result.events("step_end") {
            guard let snapshot = event["snapshot"]?.text, !snapshot.isEmpty, let step = event["step"]?.text
            else { continue }
            acknowledged.keep(.snapshot(snapshot), by: step)
        }
        return result.exitCode == 0
    }

    /// What the step leaves is kept, and promised to nobody.
    private func failures() async throws {
        let result = try await play.run(
            """
            version: 1
            image: busybox
            steps: [{key: failing, network: none, run: "echo left > /left; echo left > left; exit 3"}]
            """)
        guard result.exitCode == 1 else { throw CancellationError() }
    }

    // MARK: - Leases

    private mutating func leases(_ round: Int) async throws {
        let client = play.client
        // Its time is up while the rest is done.
        _ = try await lease("expires-\(round)", ttlSeconds: 1)
        let kept = try await commit(try await lease("kept-\(round)"), writing: "kept")
        acknowledged.keep(.snapshot(kept), by: "a lease")
        acknowledged.doubt(.pin(kept))
        try await client.pinSnapshot(kept, true)
        acknowledged.keep(.pin(kept), by: "a pin")
        acknowledged.doubt(.pin(kept))
        try await client.pinSnapshot(kept, false)
        acknowledged.remove(.pin(kept))
        let given = try await lease("given-up-\(round)")
        // What lies deep is moved up when it is deleted.
        try FileManager.default.createDirectory(
            atPath: given.rootfs + String(repeating: "/deep", count: 12), withIntermediateDirectories: true)
        try await client.discardLease(given.id)
        let removed = try await commit(try await lease("removed-\(round)"), writing: "removed")
        try await client.deleteSnapshot(removed, recursively: false)
        acknowledged.remove(.snapshot(removed))
        let failed = try await lease("failed-\(round)")
        _ = try await client.commitLease(failed.id, exitCode: 1)
    }

    private func lease(
        _ key: String, mounts: String = "[]", ttlSeconds: Int64 = 600
    ) async throws -> Wire.Lease {
        let step = """
            {key: \(key), cmd: ": \(key)", image: busybox, workspace: none, cache: forever, network: none,
             mounts: \(mounts)}
            """
        let offer = try await play.client.prepareLease(
            Wire.LeaseRequest(step: .text(step), workspace: nil, ttlSeconds: ttlSeconds))
        guard case .prepared(let lease) = offer else { throw CancellationError() }
        return lease
    }

    /// Commits a lease with one more file below its root, and gives its snapshot.
    private func commit(_ lease: Wire.Lease, writing path: String) async throws -> String {
        try Data((path + "\n").utf8).write(to: URL(fileURLWithPath: lease.rootfs + "/" + path))
        guard let snapshot = try await play.client.commitLease(lease.id, exitCode: 0).snapshot else {
            throw CancellationError()
        }
        return snapshot
    }

    // MARK: - Archives

    /// Until layers of a revision become one.
    private mutating func uploads(_ round: Int) async throws {
        let path = play.root + "/upload.tar"
        for number in 0...RevisionChain.most {
            var archive = TarBuilder()
            archive.file("a.txt", "\(round) \(number)\n")
            archive.file("same", "same\n")
            try Data(archive.finished).write(to: URL(fileURLWithPath: path))
            let answer = try await send(
                "POST", "/v1/workspaces/uploaded/revisions",
                ["-H", "Content-Type: application/x-tar", "--data-binary", "@" + path])
            let revision = try JSONDecoder().decode([String: JSON].self, from: Data(answer.utf8))
            guard let digest = revision["digest"]?.text else { throw CancellationError() }
            if let uploaded { acknowledged.doubt(uploaded) }
            uploaded = .revision(digest)
            acknowledged.keep(.revision(digest), by: "an upload")
        }
    }

    /// Until an export makes the layers of a version one; what was exported makes two volumes more, one of which goes.
    private mutating func volumes(_ round: Int) async throws {
        for number in 0..<3 {
            let lease = try await lease("deep-\(round)-\(number)", mounts: "[{volume: deep, path: /deep}]")
            let snapshot = try await commit(lease, writing: "deep/file-\(number)")
            acknowledged.keep(.snapshot(snapshot), by: "a lease with a volume")
            acknowledged.keep(.volume("deep"), by: "a lease")
        }
        let path = play.root + "/volume.tar.zst"
        try await send("GET", "/v1/volumes/deep/archive", ["-o", path])
        let archive = ["-H", "Content-Type: application/x-tar+zstd", "--data-binary", "@" + path]
        try await send("POST", "/v1/volumes/copied/archive", archive)
        acknowledged.keep(.volume("copied"), by: "an import")
        let removed = "removed-\(round)"
        try await send("POST", "/v1/volumes/\(removed)/archive", archive)
        try await send("DELETE", "/v1/volumes/\(removed)")
        acknowledged.remove(.volume(removed))
    }

    /// What the daemon answers by; a refusal is thrown.
    @discardableResult
    private func send(_ method: String, _ path: String, _ extra: [String] = []) async throws -> String {
        let answer = try await play.request(method, path, body: nil, ["--fail"] + extra)
        guard answer.status == 0 else { throw CancellationError() }
        return answer.stdout
    }

    // MARK: - What goes

    /// Leaves what was acknowledged, which is pinned before; what else there is may go.
    private mutating func prune(_ round: Int) async throws {
        let client = play.client
        _ = try await commit(try await lease("pruned-\(round)"), writing: "pruned")
        for snapshot in acknowledged.unpinned {
            acknowledged.doubt(.pin(snapshot))
            try await client.pinSnapshot(snapshot, true)
            acknowledged.keep(.pin(snapshot), by: "a pin")
        }
        let pruned = try await client.prune(Wire.PruneRequest())
        for snapshot in pruned.snapshots { acknowledged.remove(.snapshot(snapshot.id)) }
    }

    /// A workspace that `removals` takes away, when what was seen in it has been written down.
    private mutating func register(_ round: Int) async throws {
        try FileManager.default.createDirectory(atPath: small, withIntermediateDirectories: true)
        try Data("\(round)\n".utf8).write(to: URL(fileURLWithPath: small + "/file"))
        let name = "removed-\(round)"
        _ = try await play.client.createRevision(
            of: try ResourceName(name, kind: "workspace"), Wire.RevisionRequest(path: small))
        acknowledged.keep(.workspace(name), by: "a registration")
    }

    private mutating func removals(_ round: Int) async throws {
        let client = play.client
        let name = "removed-\(round)"
        let image = try ResourceName(name, kind: "image")
        _ = try await client.importImage(name: image, source: small) { _ in }
        try await client.deleteImage(image)
        acknowledged.remove(.image(name))
        acknowledged.doubt(.workspace(name))
        try await client.deleteWorkspace(try ResourceName(name, kind: "workspace"))
        acknowledged.remove(.workspace(name))
    }

    /// A directory with one file, another one in each round.
    private var small: String { play.root + "/small" }

    // MARK: - After a crash

    /// After a restart: what was acknowledged holds, nothing contradicts anything, and the next run is right.
    func check(_ occasion: String) async throws {
        for lease in try await play.client.leases().items { try await play.client.discardLease(lease.id) }
        for contradiction in acknowledged.contradictions(to: try await found()) {
            Issue.record("\(occasion): \(contradiction)")
        }
        try await play.awaitNone("\(occasion): in the spool") {
            try FileManager.default.contentsOfDirectory(atPath: play.store + "/spool")
        }
        try await Self.expectSound(play, occasion)
        var again = self
        #expect(await again.importImage(), "\(occasion): no image can be imported")
        try play.write("a.txt", "third\n")
        let result = try await play.run(Self.pipeline(lines: lines))
        #expect(result.exitCode == 0, "\(occasion): the next run fails: \(result.stderr)")
        #expect(result.log(of: "result") == "third\nmade\nbase\n", "\(occasion): the next run is wrong")
        if acknowledged.kept.values.contains("base") {
            #expect(result.status(of: "base") == "cache_hit", "\(occasion): an acknowledged step runs again")
        }
        try await Self.expectSound(play, "\(occasion), and a run")
    }

    /// All that the daemon says there is.
    private func found() async throws -> Set<Acknowledgements.Thing> {
        let client = play.client
        var found: Set<Acknowledgements.Thing> = []
        try await client.everything {
            try await client.images($0)
        } receive: {
            found.insert(.image($0.name))
        }
        try await client.everything {
            try await client.workspaces($0)
        } receive: {
            found.insert(.workspace($0.name))
        }
        if found.contains(.workspace("uploaded")) {
            let uploaded = try ResourceName("uploaded", kind: "workspace")
            try await client.everything {
                try await client.revisions(of: uploaded, $0)
            } receive: {
                found.insert(.revision($0.digest.hex))
            }
        }
        try await client.everything {
            try await client.snapshots(.init(), $0)
        } receive: {
            found.insert(.snapshot($0.id))
            if $0.isPinned { found.insert(.pin($0.id)) }
        }
        try await client.everything {
            try await client.volumes($0)
        } receive: {
            if !$0.versions.isEmpty { found.insert(.volume($0.name)) }
        }
        return found
    }

    /// A reader that shares nothing with the daemon finds catalog, disk and host in agreement.
    static func expectSound(_ play: Playground, _ occasion: String) async throws {
        let reader = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("tools/check-store").path
        // What is done in the background may be under way.
        try await play.awaitNone(occasion) {
            let output = try await runProgram("python3", [reader, play.store])
            return output.status == 0 ? [] : output.lines + [output.stderr]
        }
        #expect(try await play.leftovers() == [], "\(occasion)")
    }
}

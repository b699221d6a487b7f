import API
import Client
import Foundation
import Model
import Testing

/// Something of everything a daemon does, with a record of what it has acknowledged: that must be there after any
/// crash.
struct CrashWorkload {
    let play: Playground
    private(set) var hasImage = false
    /// Snapshots that were acknowledged and not asked to be removed, by what made them.
    private(set) var snapshots: [String: String] = [:]
    private(set) var acknowledgements = 0

    init(_ play: Playground) { self.play = play }

    /// Lines in a volume, one for each run that was acknowledged.
    private(set) var lines = 0

    /// - Parameter lines: fewer must not be in the volume; what is at its two places must be equal.
    static func pipeline(lines: Int = 0) -> String {
        """
        version: 1
        image: busybox
        steps:
          - {key: base, run: "echo base > /base; echo made > made", cache: forever, network: none}
          - {key: use, from: base, run: "cat a.txt made /base > used", cache: workspace, network: none}
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

    /// Does everything once, as far as the daemon lives. `round` is in the source.
    mutating func perform(round: Int) async {
        guard await importImage() else { return }
        for state in ["\(round) first", "\(round) second"] {
            guard await run(state) else { return }
        }
        do {
            try await leases(round)
        } catch {
            // The daemon has gone.
        }
    }

    private mutating func importImage() async -> Bool {
        let image = play.root + "/busybox"
        do {
            if !FileManager.default.fileExists(atPath: image) { try await Busybox.makeRoot(image) }
            let imported = try await play.varve(["image", "import", "busybox", image])
            if imported.status == 0 {
                hasImage = true
                acknowledgements += 1
            }
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
            snapshots[snapshot] = step
            acknowledgements += 1
        }
        return result.exitCode == 0
    }

    private mutating func leases(_ round: Int) async throws {
        let kept = try await lease("kept-\(round)")
        try Data("kept\n".utf8).write(to: URL(fileURLWithPath: kept.rootfs + "/kept"))
        guard let snapshot = try await play.client.commitLease(kept.id, exitCode: 0).snapshot else { return }
        snapshots[snapshot] = "lease"
        acknowledgements += 1
        let given = try await lease("given-up-\(round)")
        try await play.client.discardLease(given.id)
        let removed = try await lease("removed-\(round)")
        try Data("x".utf8).write(to: URL(fileURLWithPath: removed.rootfs + "/removed"))
        guard let gone = try await play.client.commitLease(removed.id, exitCode: 0).snapshot else { return }
        // From the request on both answers are right.
        _ = try await play.request("DELETE", "/v1/snapshots/\(gone)")
        let failed = try await lease("failed-\(round)")
        _ = try await play.client.commitLease(failed.id, exitCode: 1)
    }

    private func lease(_ key: String) async throws -> Wire.Lease {
        let step =
            "{key: \(key), cmd: \": \(key)\", image: busybox, workspace: none, cache: forever, network: none}"
        let offer = try await play.client.prepareLease(
            Wire.LeaseRequest(step: .text(step), workspace: nil, ttlSeconds: 600))
        guard case .prepared(let lease) = offer else { throw CancellationError() }
        return lease
    }

    /// After a restart: what was acknowledged is there, nothing contradicts anything, and the next run is right.
    func check(_ occasion: String) async throws {
        for lease in try await play.client.leases().items { try await play.client.discardLease(lease.id) }
        if hasImage {
            let images = try await play.varve(["image", "list"])
            #expect(images.stdout.contains("busybox"), "\(occasion): an acknowledged image is gone")
        }
        var found: Set<String> = []
        try await play.client.everything { try await play.client.snapshots(.init(), $0) } receive: {
            found.insert($0.id)
        }
        for (snapshot, step) in snapshots where !found.contains(snapshot) {
            Issue.record("\(occasion): an acknowledged snapshot of \(step) is gone")
        }
        try await Self.expectSound(play, occasion)
        var again = self
        #expect(await again.importImage(), "\(occasion): no image can be imported")
        try play.write("a.txt", "third\n")
        let result = try await play.run(Self.pipeline(lines: lines))
        #expect(result.exitCode == 0, "\(occasion): the next run fails: \(result.stderr)")
        #expect(result.log(of: "result") == "third\nmade\nbase\n", "\(occasion): the next run is wrong")
        if snapshots.values.contains("base") {
            #expect(result.status(of: "base") == "cache_hit", "\(occasion): an acknowledged step runs again")
        }
        try await Self.expectSound(play, "\(occasion), and a run")
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

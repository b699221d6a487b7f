import Foundation
import Testing

/// A snapshot of a mebibyte and two that stand on it, made by a run.
struct SnapshotFamily: Sendable {
    let base: String
    let child: String
    let sibling: String

    static func make(in play: Playground) async throws -> SnapshotFamily {
        let run = try await play.run(
            """
            version: 1
            image: busybox
            steps:
              - {key: base, run: 'head -c 1048576 /dev/urandom > /base', cache: forever, network: none}
              - {key: child, from: base, run: 'echo child > /child', cache: forever, network: none}
              - {key: sibling, from: base, run: 'echo sibling > /sibling', cache: forever, network: none}
            """, ["-j", "1"])
        try #require(run.exitCode == 0, "\(run.stderr)")
        func snapshot(_ step: String) -> String {
            run.events("step_end", of: step).first?["snapshot"]?.text ?? ""
        }
        return SnapshotFamily(base: snapshot("base"), child: snapshot("child"), sibling: snapshot("sibling"))
    }

    /// Which of them there are, in the order of the members.
    func left(in play: Playground) async throws -> [String] {
        var left: [String] = []
        for id in [base, child, sibling] {
            let reply = try await LeaseClient(play: play).send("GET", "/v1/snapshots/\(id)")
            if reply.status == 200 { left.append(id) }
        }
        return left
    }
}

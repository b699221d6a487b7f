import Foundation
import Testing

@Suite struct `A workspace that is removed` {
    @Test func `leaves nothing of its scans, also when the daemon was killed in between`() async throws {
        try await Playground.open { play in
            func scans() throws -> [String] {
                try FileManager.default.contentsOfDirectory(atPath: play.store + "/scans")
            }
            try play.write("a.txt", "1")
            try await play.registerProject()
            let kept = try scans()
            #expect(kept.count == 1)
            let removed = try await play.request("DELETE", "/v1/workspaces/project")
            #expect(removed.status == 0, "\(removed.stderr)")
            #expect(try scans() == [])

            // What is there of a workspace still on record stays; of one that is not, the start takes it away.
            try await play.registerProject()
            let live = try scans()
            #expect(live.count == 1 && live != kept)
            await play.daemon.kill()
            try Data().write(to: URL(fileURLWithPath: "\(play.store)/scans/\(kept[0])"))
            try await play.daemon.start()
            #expect(try scans() == live)
        }
    }
}

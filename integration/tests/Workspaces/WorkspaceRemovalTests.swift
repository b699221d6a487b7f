import API
import Foundation
import TestSupport
import Testing

@Suite struct `A workspace that is removed` {
    @Test func `leaves nothing of its scans, also when the daemon was killed in between`() async throws {
        try await Playground.open { play in
            func scans() throws -> [String] {
                try FileManager.default.contentsOfDirectory(atPath: play.store + "/scans")
            }
            /// They are written some seconds after the registration.
            func written() async throws -> [String] {
                try await eventually("the scan is written") { try scans().count == 1 }
                return try scans()
            }
            try play.write("a.txt", "1")
            try await play.registerProject()
            let kept = try await written()
            let removed = try await play.request("DELETE", "/v1/workspaces/project")
            #expect(removed.status == 0, "\(removed.stderr)")
            #expect(try scans() == [])

            // What is there of a workspace still on record stays; of one that is not, the start takes it away.
            try await play.registerProject()
            let live = try await written()
            #expect(live != kept)
            await play.daemon.kill()
            try Data().write(to: URL(fileURLWithPath: "\(play.store)/scans/\(kept[0])"))
            try await play.daemon.start()
            #expect(try scans() == live)
        }
    }

    @Test func `under a lease is refused, as its revision is, until the lease is over`() async throws {
        try await Playground.open { play in
            try play.write("a.txt", "1")
            try await play.importBareImage()
            try await play.registerProject()
            let lease = try await play.lease("on-it")
            let listed = try await play.request("GET", "/v1/workspaces/project/revisions")
            let revision = try #require(
                listed.stdout.split(separator: "\"").map(String.init).first { $0.count == 64 })
            let paths = ["/v1/workspaces/project/revisions/\(revision)", "/v1/workspaces/project"]
            for path in paths {
                let refused = try await play.request("DELETE", path)
                #expect(
                    refused.stdout.contains("\"conflict\"") && refused.stdout.contains(lease.id),
                    "\(path): \(refused.stdout) \(refused.stderr)")
            }
            _ = try await play.commit(lease)
            for path in paths { #expect(try await play.request("DELETE", path).stdout == "") }
        }
    }

    @Test func `before its scan is written has nothing written later, and one that stays has by the end`()
        async throws
    {
        try await Playground.open { play in
            try play.write("a.txt", "1")
            try await play.registerProject()
            let removed = try await play.request("DELETE", "/v1/workspaces/project")
            #expect(removed.status == 0, "\(removed.stderr)")
            await play.daemon.stop()
            #expect(try FileManager.default.contentsOfDirectory(atPath: play.store + "/scans") == [])
            try await play.daemon.start()
            try await play.registerProject()
            await play.daemon.stop()
            #expect(try FileManager.default.contentsOfDirectory(atPath: play.store + "/scans").count == 1)
            try await play.daemon.start()
        }
    }
}

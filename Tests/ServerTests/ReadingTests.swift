import API
import Foundation
import JSON
import Testing

@Suite struct `A request that reads` {
    @Test func `makes no workspace of a mistyped name`() async throws {
        try await ServerFixture.serve { fixture in
            let pipeline = #"version: 1\nimage: box\nsteps: [{key: a, run: 'true'}]"#
            let body = #"{"pipeline": "\#(pipeline)", "workspace": "mistyped"}"#
            for path in ["/v1/plans", "/v1/runs"] {
                let reply = try await fixture.request("POST", path, body: body)
                #expect(try reply.problem()?.code == "workspace-missing", "\(reply.text)")
            }
            let list = try await fixture.request("GET", "/v1/workspaces").json()
            #expect(list["items"]?.array?.isEmpty == true)
        }
    }

    @Test func `tells what each workspace and the runs take on disk`() async throws {
        try await ServerFixture.serve { fixture in
            try await fixture.importBusybox("box")
            let source = fixture.root + "/source"
            try FileManager.default.createDirectory(atPath: source, withIntermediateDirectories: true)
            try Data(repeating: 7, count: 100_000).write(to: URL(fileURLWithPath: source + "/a"))
            let registered = try await fixture.request(
                "POST", "/v1/workspaces/w/revisions", body: #"{"path": "\#(source)"}"#)
            #expect(registered.status == 201, "\(registered.text)")
            let step =
                "{key: a, run: '/bin/busybox head -c 200000 /dev/zero > out', cache: forever, network: none}"
            let pipeline = #"version: 1\nimage: box\nsteps: [\#(step)]"#
            let run = try await fixture.request(
                "POST", "/v1/runs", body: #"{"pipeline": "\#(pipeline)", "workspace": "w"}"#)
            let id = try #require(try run.json()["id"]?.string)
            let events = try await fixture.request("GET", "/v1/runs/\(id)/events")
            let usage = try await fixture.request("GET", "/v1/usage").json()
            let workspace = try #require(usage["workspaces"]?.array?.first)
            #expect(workspace["name"]?.string == "w", "\(events.text)")
            #expect(workspace["snapshots"]?.integer == 1)
            #expect((100_000..<200_000).contains(workspace["revision_bytes"]?.integer ?? 0))
            #expect((200_000..<300_000).contains(workspace["snapshot_bytes"]?.integer ?? 0))
            let runs = try #require(
                usage["areas"]?.array?.first { $0["name"]?.string == "runs" })
            #expect(runs["count"]?.integer == 1 && runs["bytes"]?.integer ?? 0 > 0)
        }
    }
}

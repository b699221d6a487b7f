import API
import Foundation
import GRDB
import JSON
import Model
import Server
import Subprocess
import TestSupport
import Testing

@Suite struct `A request that creates` {
    @Test func `has one effect and one answer under one Idempotency-Key`() async throws {
        try await ServerFixture.serve { fixture in
            let body = "{\"name\": \"box\", \"source\": \"\(try fixture.makeBusybox())\"}"
            let key = ["Idempotency-Key": "first"]
            let first = try await fixture.request("POST", "/v1/images", headers: key, body: body)
            #expect(first.status == 201)
            #expect(try await fixture.request("DELETE", "/v1/images/box").status == 204)
            let again = try await fixture.request("POST", "/v1/images", headers: key, body: body)
            #expect(again.status == 201 && again.body == first.body)
            #expect(try await fixture.request("GET", "/v1/images/box").status == 404)
            let other = try await fixture.request("POST", "/v1/images", headers: key, body: body + " ")
            #expect(other.status == 422)
            #expect(try other.problem()?.code == "idempotency-mismatch")
        }
    }

    @Test func `may be tried again under its key when it failed`() async throws {
        try await ServerFixture.serve { fixture in
            let path = fixture.root + "/image"
            let body = "{\"name\": \"box\", \"source\": \"\(path)\"}"
            let key = ["Idempotency-Key": "k"]
            #expect(try await fixture.request("POST", "/v1/images", headers: key, body: body).status == 422)
            _ = try fixture.makeBusybox()
            #expect(try await fixture.request("POST", "/v1/images", headers: key, body: body).status == 201)
        }
    }

    @Test func `is not done twice when its answer could not be remembered`() async throws {
        try await ServerFixture.serve { fixture in
            let body = "{\"name\": \"box\", \"source\": \"\(try fixture.makeBusybox())\"}"
            // The daemon may be writing.
            var patient = Configuration()
            patient.busyMode = .timeout(10)
            let catalog = try DatabaseQueue(
                path: fixture.root + "/store/catalog.sqlite", configuration: patient)
            try await catalog.write {
                try $0.execute(
                    sql: """
                        CREATE TRIGGER full BEFORE UPDATE ON idempotency
                        BEGIN SELECT RAISE(ABORT, 'no space'); END
                        """)
            }
            let key = ["Idempotency-Key": "k"]
            let first = try await fixture.request("POST", "/v1/images", headers: key, body: body)
            #expect(first.status == 201)
            let again = try await fixture.request("POST", "/v1/images", headers: key, body: body)
            #expect(try again.problem()?.code == "conflict", "\(again.text)")
        }
    }

    @Test func `has one effect under one Idempotency-Key also when it tells how far it is`() async throws {
        try await ServerFixture.serve { fixture in
            let headers = ["Accept": "application/x-ndjson", "Idempotency-Key": "k"]
            let body = "{\"name\": \"box\", \"source\": \"\(try fixture.makeBusybox())\"}"
            let first = try await fixture.request("POST", "/v1/images", headers: headers, body: body)
            #expect(try await fixture.request("DELETE", "/v1/images/box").status == 204)
            let again = try await fixture.request("POST", "/v1/images", headers: headers, body: body)
            #expect(again.isWhole && !again.text.isEmpty)
            #expect(again.text.split(separator: "\n").last == first.text.split(separator: "\n").last)
            #expect(try await fixture.request("GET", "/v1/images/box").status == 404)
            let other = try await fixture.request("POST", "/v1/images", headers: headers, body: body + " ")
            #expect(other.text.contains("\"code\":\"idempotency-mismatch\""))
        }
    }

    @Test func `has one effect when it comes again while the first is under way`() async throws {
        try await ServerFixture.serve { fixture in
            try await fixture.importBusybox("box")
            let pipeline =
                #"version: 1\nimage: box\nsteps: [{key: a, run: 'true', workspace: none, network: none}]"#
            let body = "{\"pipeline\": \"\(pipeline)\"}"
            let replies = try await withThrowingTaskGroup(of: HTTPReply.self) { group in
                for _ in 0..<16 {
                    group.addTask {
                        try await fixture.request(
                            "POST", "/v1/runs", headers: ["Idempotency-Key": "k"], body: body)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(replies.allSatisfy { $0.status == 201 })
            #expect(Set(replies.map(\.text)).count == 1)
            let runs = try await fixture.request("GET", "/v1/runs").json()
            #expect(runs["items"]?.array?.count == 1)
            // So that no step is under way when the engine ends.
            let id = try #require(try replies[0].json()["id"]?.string)
            _ = try await fixture.request("GET", "/v1/runs/\(id)/events")
        }
    }

    @Test func `needs a key that can be one`() async throws {
        try await ServerFixture.serve { fixture in
            let reply = try await fixture.request(
                "POST", "/v1/images", headers: ["Idempotency-Key": "a b"],
                body: "{\"name\": \"x\", \"source\": \"/nowhere\"}")
            #expect(try reply.problem()?.detail.contains("Idempotency-Key") == true)
        }
    }

    @Test func `an image takes a tar stream as its body`() async throws {
        try await ServerFixture.serve { fixture in
            let archive = fixture.root + "/image.tar"
            _ = try await Subprocess.run(
                .name("tar"), arguments: ["-C", try fixture.makeBusybox(), "-cf", archive, "."],
                output: .discarded)
            let body = try Data(contentsOf: URL(fileURLWithPath: archive))
            let connection = try await RawConnection.open(fixture.socket)
            let head = [
                "POST /v1/images?name=team%2Fbox HTTP/1.1", "Host: varve", "Connection: close",
                "Content-Type: application/x-tar", "Content-Length: \(body.count)",
            ].joined(separator: "\r\n")
            try await connection.send(Array((head + "\r\n\r\n").utf8) + body)
            let reply = try await connection.reply()
            #expect(reply.status == 201, "\(reply.text)")
            #expect(try reply.json()["name"]?.string == "team/box")
            let image = try await fixture.request("GET", "/v1/images/team%2Fbox")
            #expect(image.status == 200)
            #expect(try image.json()["digest"] == reply.json()["digest"])
        }
    }

    @Test func `an image tells how far it is, and ends with the image or the problem`() async throws {
        try await ServerFixture.serve { fixture in
            let headers = ["Accept": "application/x-ndjson"]
            let body = "{\"name\": \"box\", \"source\": \"\(try fixture.makeBusybox())\"}"
            let good = try await fixture.request("POST", "/v1/images", headers: headers, body: body)
            #expect(
                good.status == 200 && good.isWhole && good.headers["content-type"] == "application/x-ndjson")
            let last = try #require(good.text.split(separator: "\n").last)
            let image = try JSONValue(parsing: Array(last.utf8))
            #expect(image["digest"] != nil)
            let missing = "{\"name\": \"box\", \"source\": \"/no/such/directory\"}"
            let bad = try await fixture.request("POST", "/v1/images", headers: headers, body: missing)
            #expect(bad.text.contains("\"code\":\"bad-path\"") && bad.isWhole, "\(bad.text)")
        }
    }

    @Test func `a result's files come as a tar stream, and what is wrong as a problem`() async throws {
        try await ServerFixture.serve { fixture in
            try await fixture.importBusybox("box")
            let pipeline =
                #"version: 1\nimage: box\nsteps: [{key: a, run: 'echo made > /made', cache: forever, workspace: none, network: none}]"#
            let run = try await fixture.request("POST", "/v1/runs", body: "{\"pipeline\": \"\(pipeline)\"}")
            let id = try #require(try run.json()["id"]?.string)
            _ = try await fixture.request("GET", "/v1/runs/\(id)/events")
            let list = try await fixture.request("GET", "/v1/snapshots?step=a").json()
            let snapshot = try #require(list["items"]?.array?.first?["id"]?.string)
            let files = try await fixture.request("GET", "/v1/snapshots/\(snapshot)/files?path=/made")
            #expect(
                files.status == 200 && files.isWhole && files.headers["content-type"] == "application/x-tar")
            #expect(files.text.contains("made\n"))
            let absent = try await fixture.request("GET", "/v1/snapshots/\(snapshot)/files?path=/absent")
            #expect(absent.status == 404)
            #expect(try absent.problem()?.code == "not-found")
            let changes = try await fixture.request("GET", "/v1/snapshots/\(snapshot)/changes").json()
            #expect(changes["items"]?.array?.first?["path"]?.string == "/made")
        }
    }
}

import API
import FoundationEssentials
import Model
import Server
import TestSupport
import Testing

@Suite struct `What is wrong with a request is said as a problem` {
    @Test func `whatever it is`() async throws {
        try await ServerFixture.serve { fixture in
            let wrong:
                [(method: String, path: String, body: String?, status: Int, code: String, says: String)] = [
                    ("GET", "/v1/nothing", nil, 404, "not-found", "/v1/nothing"),
                    ("GET", "/", nil, 404, "not-found", "nothing at /"),
                    ("PUT", "/v1/images", "", 405, "bad-request", "PUT"),
                    ("GET", "/v1/runs?lmit=3", nil, 400, "bad-request", "lmit"),
                    ("GET", "/v1/runs?limit=0", nil, 400, "bad-request", "limit"),
                    ("GET", "/v1/runs?limit=1&limit=2", nil, 400, "bad-request", "twice"),
                    ("GET", "/v1/runs?workspace=a%00b", nil, 422, "bad-name", "workspace name"),
                    ("GET", "/v1/snapshots?workspace=..", nil, 422, "bad-name", "workspace name"),
                    ("GET", "/v1/snapshots?step=a%2Fb", nil, 400, "bad-request", "step"),
                    ("GET", "/v1/runs?status=odd", nil, 400, "bad-request", "status"),
                    ("GET", "/v1/runs?scope=me", nil, 400, "bad-request", "me"),
                    ("GET", "/v1/images?cursor=x", nil, 400, "bad-request", "cursor"),
                    ("GET", "/v1/workspaces/w/revisions?cursor=01", nil, 400, "bad-request", "cursor"),
                    ("GET", "/v1/snapshots?cursor=x", nil, 400, "bad-request", "cursor"),
                    ("GET", "/v1/runs?cursor=0", nil, 400, "bad-request", "cursor"),
                    ("GET", "/v1/leases?cursor=zzzzzzzzzzzzzzzz", nil, 400, "bad-request", "cursor"),
                    ("GET", "/v1/snapshots?identity=x", nil, 400, "bad-request", "identity"),
                    ("GET", "/v1/runs/0123456789abcdef", nil, 404, "not-found", "0123456789abcdef"),
                    ("GET", "/v1/runs/%2e%2e", nil, 404, "not-found", ".."),
                    ("GET", "/v1/images/%ff", nil, 400, "bad-request", "percent-encoding"),
                    ("GET", "/v1/images/a%20b", nil, 422, "bad-name", "a b"),
                    ("GET", "/v1/images/absent%3A1", nil, 404, "not-found", "absent:1"),
                    ("GET", "/v1/snapshots/0123456789abcdef/files", nil, 400, "bad-request", "path"),
                    ("POST", "/v1/plans", nil, 400, "bad-request", "no body"),
                    ("POST", "/v1/plans", "{\"pipeline\": ", 400, "bad-request", "byte 13"),
                    ("POST", "/v1/plans", "{}", 400, "bad-request", "‘pipeline’ is missing"),
                    ("POST", "/v1/plans", "{\"pipeline\": 3}", 400, "bad-request", "pipeline: expected"),
                    ("POST", "/v1/plans", "{\"pipelin\": \"\"}", 400, "bad-request", "‘pipelin’"),
                    ("POST", "/v1/plans", "{\"pipeline\": \"version: 1\"}", 422, "pipeline-invalid", "steps"),
                    ("POST", "/v1/plans", plan(options: "\"jobs\": 0"), 400, "bad-request", "options.jobs"),
                    (
                        "POST", "/v1/plans", plan(options: "\"job\": 1"), 400, "bad-request",
                        "options: unknown member ‘job’"
                    ),
                    (
                        "POST", "/v1/plans", plan(options: "\"env\": {\"A=B\": \"\"}"), 400, "bad-request",
                        "A=B"
                    ),
                    (
                        "POST", "/v1/plans", plan(options: "\"targets\": [3]"), 400, "bad-request",
                        "options.targets[0]"
                    ),
                    ("POST", "/v1/images", "{\"name\": \"a b\", \"source\": \"/\"}", 422, "bad-name", "a b"),
                    (
                        "POST", "/v1/images?name=x", "{\"name\": \"x\", \"source\": \"/\"}", 400,
                        "bad-request", "name"
                    ),
                ]
            for request in wrong {
                let reply = try await fixture.request(request.method, request.path, body: request.body)
                let problem = try reply.problem()
                #expect(
                    reply.status == request.status && reply.isWhole,
                    "\(request) gave \(reply.status): \(reply.text)")
                #expect(problem?.code == request.code, "\(request) gave \(reply.text)")
                #expect(problem?.detail.contains(request.says) == true, "\(request) gave \(reply.text)")
            }
        }
    }

    @Test func `a known path names the methods it takes`() async throws {
        try await ServerFixture.serve { fixture in
            let reply = try await fixture.request("DELETE", "/v1/images")
            #expect(reply.status == 405 && reply.headers["allow"] == "GET, POST")
        }
    }

    @Test func `what no identifier looks like comes with where to look for one`() async throws {
        try await ServerFixture.serve { fixture in
            for (path, remedy) in [
                ("/v1/runs/a.b", "varve runs"), ("/v1/snapshots/a.b", "varve snapshot list"),
                ("/v1/leases/a.b", "GET /v1/leases"),
            ] {
                let problem = try await fixture.request("GET", path).problem()
                #expect(problem?.code == "not-found" && problem?.fix.contains(remedy) == true, "\(path)")
            }
        }
    }

    @Test func `what is no HTTP is answered all the same`() async throws {
        try await ServerFixture.serve { fixture in
            let connection = try await RawConnection.open(fixture.socket)
            try await connection.send("\u{16}\u{03}\u{01} is this TLS?\r\n\r\n")
            let reply = try await connection.reply()
            #expect(try reply.problem()?.code == "bad-request" && reply.status == 400)
        }
    }

    @Test func `header fields without end are refused`() async throws {
        try await ServerFixture.serve { fixture in
            let many = Dictionary(uniqueKeysWithValues: (0..<200).map { ("X-Field-\($0)", "x") })
            for headers in [["X-Long": String(repeating: "x", count: 100_000)], many] {
                let reply = try await fixture.request("GET", "/v1/info", headers: headers)
                #expect(try reply.problem()?.code == "too-large" && reply.status == 431, "\(reply.text)")
            }
            let path = "/v1/images/" + String(repeating: "x", count: 100_000)
            let reply = try await fixture.request("GET", path)
            #expect(try reply.problem()?.code == "too-large" && reply.status == 431, "\(reply.text)")
            #expect(try await fixture.request("GET", "/v1/info").status == 200)
        }
    }

    @Test func `JSON that is deep, doubled, huge or without meaning does nothing but a problem`() async throws
    {
        try await ServerFixture.serve { fixture in
            let deep = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
            let digits = String(repeating: "9", count: 100_000)
            let bodies: [(String, status: Int, says: String)] = [
                ("{\"pipeline\": \(deep)}", 400, ""),
                ("{\"pipeline\": \"a\", \"pipeline\": \"b\"}", 400, "twice"),
                (plan(options: "\"jobs\": 1, \"jobs\": 2"), 400, "twice"),
                (plan(options: "\"timeout_seconds\": \(digits)"), 400, "timeout_seconds"),
                (plan(options: "\"timeout_seconds\": 9223372036854775807"), 400, "timeout_seconds"),
                (plan(options: "\"timeout_seconds\": -9223372036854775808"), 400, "timeout_seconds"),
                (plan(options: "\"timeout_seconds\": 1e999999999"), 400, "timeout_seconds"),
                (plan(options: "\"env\": {\"A\\u0000\": \"\"}"), 400, "options.env"),
                ("{\"pipeline\": \"a\", \"workspace\": \"a\\u0000b\"}", 422, "workspace name"),
                ("{\"pipeline\": \"a\", \"workspace\": \"../b\"}", 422, "workspace name"),
                ("{\"pipeline\": \"\u{0}\"}", 400, "byte"),
                ("{\"\(digits)\": 1, \"pipeline\": \"a\"}", 400, "unknown"),
                ("\u{feff}{}", 400, ""), ("{\"pipeline\": \"\\ud800\"}", 400, ""),
            ]
            for (body, status, says) in bodies {
                let reply = try await fixture.request("POST", "/v1/plans", body: body)
                let detail = try #require(try reply.problem()).detail
                #expect(reply.status == status, "\(body.prefix(100)) gave \(reply.text.prefix(1000))")
                #expect(
                    says.isEmpty || detail.contains(says), "\(body.prefix(100)) gave \(detail.prefix(1000))")
                #expect(reply.body.count < 10_000)
            }
            let numbers = "{\"keep_bytes\": 9223372036854775807, \"older_than_seconds\": 9223372036854775807}"
            #expect(try await fixture.request("POST", "/v1/prune", body: numbers).status == 200)
        }
    }

    @Test func `JSON of more values than any request needs is refused before they are looked at`()
        async throws
    {
        try await ServerFixture.serve { fixture in
            let members = (0..<300_000).map { "\"\($0)\":\"\"" }.joined(separator: ",")
            let reply = try await fixture.request(
                "POST", "/v1/plans", body: plan(options: "\"env\": {\(members)}"))
            #expect(reply.status == 400 && reply.text.contains("more than 250000 values"), "\(reply.text)")
        }
    }

    @Test func `a body in broken chunks is refused as any other, and ends the connection`() async throws {
        try await ServerFixture.serve { fixture in
            for path in ["/v1/plans", "/v1/workspaces/w/revisions"] {
                let connection = try await RawConnection.open(fixture.socket)
                try await connection.send(
                    "POST \(path) HTTP/1.1\r\nHost: varve\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
                let reply = try await connection.reply()
                #expect(try reply.problem()?.code == "bad-request" && reply.status == 400, "\(reply.text)")
                #expect(reply.isWhole && reply.headers["connection"] == "close")
            }
        }
    }

    @Test func `a name is one segment, whatever is encoded in it`() async throws {
        try await ServerFixture.serve { fixture in
            for (segment, status, code) in [
                ("a%2Fb", 404, "not-found"), ("a%2F..%2Fb", 422, "bad-name"), ("%2Fetc", 422, "bad-name"),
                ("a%2F%2Fb", 422, "bad-name"), ("a%00b", 422, "bad-name"), ("%2e%2e", 422, "bad-name"),
                ("a%0Ab", 422, "bad-name"), ("a%252Fb", 422, "bad-name"),
                (String(repeating: "a", count: 201), 422, "bad-name"), ("a/b", 404, "not-found"),
            ] {
                let reply = try await fixture.request("GET", "/v1/images/\(segment)")
                #expect(reply.status == status, "\(segment) gave \(reply.text)")
                #expect(try reply.problem()?.code == code, "\(segment) gave \(reply.text)")
            }
        }
    }

    @Test(arguments: [true, false])
    func `a body that is too large is refused, and the daemon goes on`(_ isAnnounced: Bool) async throws {
        var configuration = ServerConfiguration()
        configuration.limits.bodyBytes = 1000
        try await ServerFixture.serve(configuration) { fixture in
            let connection = try await RawConnection.open(fixture.socket)
            let length = 40 << 20
            let framing = isAnnounced ? "Content-Length: \(length)" : "Transfer-Encoding: chunked"
            try await connection.send("POST /v1/plans HTTP/1.1\r\nHost: varve\r\n\(framing)\r\n\r\n")
            let chunk = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
            for _ in 0..<40 {
                try await connection.send((isAnnounced ? [] : Array("100000\r\n".utf8)) + chunk)
                if !isAnnounced { try await connection.send("\r\n") }
            }
            let reply = try await connection.reply()
            #expect(try reply.problem()?.code == "too-large" && reply.status == 413)
            #expect(try await fixture.request("GET", "/v1/info").status == 200)
        }
    }

    @Test func `a body that is a little too large costs the connection nothing`() async throws {
        var configuration = ServerConfiguration()
        configuration.limits.bodyBytes = 1000
        try await ServerFixture.serve(configuration) { fixture in
            let connection = try await RawConnection.open(fixture.socket)
            let body = String(repeating: "x", count: 2000)
            try await connection.send(
                "POST /v1/plans HTTP/1.1\r\nHost: varve\r\nContent-Length: 2000\r\n\r\n" + body
                    + HTTPReply.request("GET", "/v1/info"))
            let all = try await connection.receive(until: "api_versions")
            #expect(all.hasPrefix("HTTP/1.1 413 ") && all.contains("HTTP/1.1 200 OK"))
        }
    }

    @Test func `what is answered to HEAD is not taken for the next answer`() async throws {
        try await ServerFixture.serve { fixture in
            let connection = try await RawConnection.open(fixture.socket)
            try await connection.send(
                "HEAD /v1/info HTTP/1.1\r\nHost: v\r\n\r\nHEAD /v1/nothing HTTP/1.1\r\nHost: v\r\n\r\n"
                    + HTTPReply.request("GET", "/v1/info"))
            let all = try await connection.receive(until: "api_versions")
            #expect(
                all.components(separatedBy: "HTTP/1.1 ").dropFirst().map { $0.prefix(3) } == [
                    "405", "404", "200",
                ])
            #expect(!all.contains("\"detail\""), "\(all)")
        }
    }

    @Test func `a path with an empty part leads nowhere, and least of all past it`() async throws {
        try await ServerFixture.serve { fixture in
            for (method, path) in [
                ("DELETE", "/v1/workspaces//revisions"), ("GET", "//v1/info"), ("GET", "/v1/runs//events"),
            ] {
                let reply = try await fixture.request(method, path)
                #expect(reply.status == 404, "\(path)")
            }
        }
    }

    private func plan(options: String) -> String {
        let pipeline = #"version: 1\nimage: x\nsteps: [{key: a, run: b, workspace: none}]"#
        return "{\"pipeline\": \"\(pipeline)\", \"options\": {\(options)}}"
    }
}

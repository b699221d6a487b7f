import API
import Foundation
import Glibc
import JSON
import Linux
import Server
import Subprocess
import SystemPackage
import TestSupport
import Testing

@Suite struct `A workspace that comes as an archive` {
    private static let path = "/v1/workspaces/up/revisions"

    private static var archive: [UInt8] {
        var tar = TarBuilder()
        tar.directory("d")
        tar.file("d/file", "content")
        tar.file(".gitignore", "*")
        return tar.finished
    }

    private func post(
        _ fixture: ServerFixture, _ body: [UInt8], _ type: String = MediaType.tar,
        headers: [String: String] = [:], path: String = path
    ) async throws -> HTTPReply {
        let connection = try await RawConnection.open(fixture.socket)
        var headers = headers
        headers["Content-Type"] = type
        headers["Content-Length"] = "\(body.count)"
        try await connection.send(Array(HTTPReply.request("POST", path, headers: headers).utf8) + body)
        return try await connection.reply()
    }

    private func packed(_ program: String, _ fixture: ServerFixture) async throws -> [UInt8] {
        let file = fixture.root + "/packed"
        try Data(Self.archive).write(to: URL(fileURLWithPath: fixture.root + "/plain"))
        let result = try await Subprocess.run(
            .name("sh"), arguments: ["-c", "\(program) < '\(fixture.root)/plain' > '\(file)'"],
            output: .discarded)
        try #require(result.terminationStatus.isSuccess)
        return try Array(Data(contentsOf: URL(fileURLWithPath: file)))
    }

    /// What is left of uploads: names in the spool, and files without a name that are still open.
    private func leftovers(_ fixture: ServerFixture) throws -> [String] {
        let spool = fixture.root + "/store/spool"
        let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap {
            try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")
        }
        return try FileManager.default.contentsOfDirectory(atPath: spool)
            + open.filter { $0.hasPrefix(spool + "/") }
    }

    private func expectNothing(_ fixture: ServerFixture) async throws {
        // The answer may be there before the file it was made of is closed.
        try await eventually("nothing is left") { try leftovers(fixture) == [] }
        let list = try await fixture.request("GET", "/v1/workspaces").json()
        #expect(list["items"]?.array?.isEmpty == true)
    }

    @Test func `is registered as a directory is, in each packing`() async throws {
        try await ServerFixture.serve { fixture in
            let first = try await post(fixture, Self.archive)
            #expect(first.status == 201, "\(first.text)")
            let revision = try first.json()
            #expect(revision["files"]?.integer == 2 && revision["copied"]?.integer == 2)
            #expect(revision["bytes"]?.integer == 8 && revision["reused"]?.integer == 0)
            for (type, program) in [(MediaType.gzippedTar, "gzip"), (MediaType.zstandardTar, "zstd -q")] {
                let reply = try await post(fixture, try await packed(program, fixture), type)
                #expect(reply.status == 201, "\(type): \(reply.text)")
                let again = try reply.json()
                #expect(again["digest"] == revision["digest"])
                #expect(again["copied"]?.integer == 0 && again["reused"]?.integer == 2)
            }
            let list = try await fixture.request("GET", Self.path).json()
            #expect(list["items"]?.array?.count == 1)
            // The answer may be there before the file it was made of is closed.
            try await eventually("nothing is left") { try leftovers(fixture) == [] }
        }
    }

    @Test func `is refused with a problem that says what is wrong, and nothing of it is left`() async throws {
        try await ServerFixture.serve { fixture in
            let unknown = try await post(fixture, Self.archive, "application/x-tar+xz")
            #expect(unknown.status == 400)
            #expect(try unknown.problem()?.fix.contains("application/x-tar+zstd") == true)
            var climbing = TarBuilder()
            climbing.file("good", "x")
            climbing.file("../escape", "x")
            let cases: [(String, [UInt8], String)] = [
                ("a name", climbing.finished, MediaType.tar),
                ("packed otherwise", try await packed("gzip", fixture), MediaType.tar),
                ("not packed", Self.archive, MediaType.zstandardTar),
                ("cut off", Array(Self.archive.dropLast(1024)), MediaType.tar),
                ("empty", [], MediaType.tar), ("text", Array("no archive".utf8), MediaType.tar),
            ]
            for (what, body, type) in cases {
                let reply = try await post(fixture, body, type)
                #expect(reply.status == 422, "\(what)")
                #expect(try reply.problem()?.code == "archive-invalid", "\(what): \(reply.text)")
            }
            let name = try await post(fixture, Self.archive, path: "/v1/workspaces/..%2Fup/revisions")
            #expect(try name.problem()?.code == "bad-name")
            try await expectNothing(fixture)
        }
    }

    @Test func `beyond the limit is refused, announced or not`() async throws {
        var configuration = ServerConfiguration()
        configuration.limits.uploadBytes = 3000
        try await ServerFixture.serve(configuration) { fixture in
            let announced = try await post(fixture, Self.archive)
            #expect(announced.status == 413)
            #expect(try announced.problem()?.code == "too-large")
            let connection = try await RawConnection.open(fixture.socket)
            let head = [
                "POST \(Self.path) HTTP/1.1", "Host: varve", "Connection: close",
                "Content-Type: application/x-tar", "Transfer-Encoding: chunked",
            ].joined(separator: "\r\n")
            let chunk = "\(String(Self.archive.count, radix: 16))\r\n"
            try await connection.send(Array((head + "\r\n\r\n" + chunk).utf8) + Self.archive)
            try await connection.send("\r\n0\r\n\r\n")
            let reply = try await connection.reply()
            #expect(reply.status == 413)
            #expect(try reply.problem()?.code == "too-large")
            try await expectNothing(fixture)
        }
    }

    @Test func `has to wait where there are as many as there may be`() async throws {
        var configuration = ServerConfiguration()
        configuration.limits.uploads = 1
        try await ServerFixture.serve(configuration) { fixture in
            let first = try await RawConnection.open(fixture.socket)
            let archive = Self.archive
            let head = HTTPReply.request(
                "POST", Self.path,
                headers: [
                    "Content-Type": MediaType.tar, "Content-Length": "\(archive.count)",
                    "Expect": "100-continue",
                ])
            try await first.send(head)
            _ = try await first.receive(until: "100 Continue")
            try await first.send(Array(archive[..<100]))
            try await eventually("one upload is under way") { try leftovers(fixture).count == 1 }
            let second = try await post(fixture, archive)
            #expect(second.status == 429)
            #expect(try second.problem()?.code == "too-many")
            try await first.send(Array(archive[100...]))
            #expect(try await first.reply().status == 201)
            #expect(try await post(fixture, archive).status == 201)
        }
    }

    @Test func `has one effect and one answer under one Idempotency-Key`() async throws {
        try await ServerFixture.serve { fixture in
            let key = ["Idempotency-Key": "k"]
            let refused = try await post(fixture, Array("no archive".utf8), headers: key)
            #expect(refused.status == 422)
            let first = try await post(fixture, Self.archive, headers: key)
            #expect(first.status == 201)
            #expect(try await fixture.request("DELETE", "/v1/workspaces/up").status == 204)
            let again = try await post(fixture, Self.archive, headers: key)
            #expect(again.status == 201 && again.body == first.body)
            try await expectNothing(fixture)
            var other = TarBuilder()
            other.file("other", "x")
            let mismatch = try await post(fixture, other.finished, headers: key)
            #expect(try mismatch.problem()?.code == "idempotency-mismatch")
        }
    }

    @Test func `of which the sender goes away in the middle leaves nothing`() async throws {
        try await ServerFixture.serve { fixture in
            for framing in ["Content-Length: 1000000", "Transfer-Encoding: chunked"] {
                var connection: RawConnection? = try await RawConnection.open(fixture.socket)
                let head = "POST \(Self.path) HTTP/1.1\r\nHost: varve\r\nContent-Type: application/x-tar\r\n"
                let chunk = "\(String(Self.archive.count, radix: 16))\r\n"
                let start = framing.hasSuffix("chunked") ? chunk : ""
                try await connection?.send(Array("\(head)\(framing)\r\n\r\n\(start)".utf8) + Self.archive)
                try await eventually("one upload is under way") { try leftovers(fixture).count == 1 }
                connection = nil
                try await eventually("nothing is left") { try leftovers(fixture) == [] }
                try await expectNothing(fixture)
            }
        }
    }
}

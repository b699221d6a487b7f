import API
import JSON
import TestSupport
import Testing

@Suite struct `The stream of a shell` {
    @Test func `comes whole, its exit status included, to who reads more slowly than the shell writes`()
        async throws
    {
        try await ServerFixture.serve { fixture in
            let shell = try await open(fixture)
            try await shell.connection.send(ShellFrame.input(Array("seq 200000; exit 7\n".utf8)).bytes)
            var (frames, count, last) = (shell.frames, 0, ShellFrame?.none)
            while true {
                while let frame = try frames.next() {
                    if case .output(let bytes) = frame { count += bytes.count }
                    last = frame
                }
                let bytes = try await shell.connection.receive(upTo: 512)
                guard !bytes.isEmpty else { break }
                frames.append(bytes)
            }
            #expect(last == .exit(7))
            #expect(count == 1_288_895)
        }
    }

    /// A shell on a pipe in a step that has passed, with what has come behind the head of the answer.
    private func open(
        _ fixture: ServerFixture
    ) async throws -> (connection: RawConnection, frames: ShellFrameReader) {
        let connection = try await RawConnection.open(fixture.socket)
        let body = "{\"run\": \"\(try await run(fixture))\", \"step\": \"a\"}"
        try await connection.send(
            "POST /v1/shells HTTP/1.1\r\nHost: varve\r\nConnection: Upgrade\r\nUpgrade: varve-shell\r\n"
                + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
        var bytes: [UInt8] = []
        while true {
            let more = try await connection.receive()
            bytes += more
            if let gap = bytes.firstRange(of: Array("\r\n\r\n".utf8)) {
                let text = String(decoding: bytes, as: UTF8.self)
                try #require(text.hasPrefix("HTTP/1.1 101 "), "\(text)")
                var frames = ShellFrameReader()
                frames.append(bytes[gap.upperBound...])
                return (connection, frames)
            }
            try #require(!more.isEmpty)
        }
    }

    /// A run that has ended.
    private func run(_ fixture: ServerFixture) async throws -> String {
        try await fixture.importBusybox("box")
        let pipeline =
            #"version: 1\nimage: box\nsteps: [{key: a, run: 'true', workspace: none, network: none}]"#
        let reply = try await fixture.request("POST", "/v1/runs", body: "{\"pipeline\": \"\(pipeline)\"}")
        let id = try #require(try reply.json()["id"]?.string, "\(reply.text)")
        let events = try await fixture.request("GET", "/v1/runs/\(id)/events")
        try #require(events.text.contains("build_end"), "\(events.text)")
        return id
    }
}

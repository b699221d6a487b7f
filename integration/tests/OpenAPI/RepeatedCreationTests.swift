import Foundation
import Testing

@Suite struct `A creating request that comes again under its Idempotency-Key` {
    /// Sends it again to the daemon's next life, as a client does that did not see the answer.
    @Test(arguments: [false, true])
    func `has had its one effect and its answer, also for a daemon that was killed`(_ isKilled: Bool)
        async throws
    {
        try await Playground.open { play in
            try play.write("source.txt", "1\n")
            _ = try await LeaseClient(play: play).register()
            let step =
                "{\"key\": \"a\", \"cmd\": \"true\", \"image\": \"busybox\", \"cache\": \"forever\", \"network\": \"none\"}"
            let pipeline =
                "{\"version\": 1, \"image\": \"busybox\", \"steps\": [{\"key\": \"r\", \"run\": \"true\", \"network\": \"none\"}]}"
            let requests = [
                ("/v1/images", "{\"name\": \"again\", \"source\": \"\(play.root)/busybox\"}"),
                ("/v1/workspaces/again/revisions", "{\"path\": \"\(play.project)\"}"),
                ("/v1/runs", "{\"workspace\": \"project\", \"pipeline\": \(pipeline)}"),
                ("/v1/leases", "{\"workspace\": \"project\", \"ttl_seconds\": 3600, \"step\": \(step)}"),
            ]
            func send() async throws -> [String] {
                var answers: [String] = []
                for (index, (path, body)) in requests.enumerated() {
                    answers.append(
                        try await play.request(
                            "POST", path, body: body,
                            ["-H", "Idempotency-Key: key-\(index)", "-w", "\n%{http_code}"]
                        ).stdout)
                }
                return answers
            }
            let first = try await send()
            for answer in first { #expect(answer.hasSuffix("\n201"), "\(answer)") }
            let run = try #require(identifier(first[2]))
            _ = try await play.request("GET", "/v1/runs/\(run)/events")
            for (path, status) in [("/v1/images/again", "204"), ("/v1/workspaces/again", "204")] {
                let gone = try await play.request(
                    "DELETE", path + "?scope=\(path.contains("images") ? "shared" : "uid:0")",
                    ["-w", "%{http_code}"])
                #expect(gone.stdout.hasSuffix(status), "\(gone.stdout)")
            }
            if isKilled { await play.daemon.kill() } else { await play.daemon.stop() }
            try await play.daemon.start()

            #expect(try await send() == first)
            for path in ["/v1/images/again", "/v1/workspaces/again/revisions"] {
                let there = try await play.request("GET", path, ["-w", "\n%{http_code}"])
                #expect(!there.stdout.contains("\"digest\""), "\(there.stdout)")
            }
            let runs = try await play.request("GET", "/v1/runs").stdout
            #expect(runs.components(separatedBy: "\"created_at\"").count == 2, "\(runs)")
            let leases = try await play.request("GET", "/v1/leases").stdout
            #expect(leases.components(separatedBy: "\"rootfs\"").count == 2, "\(leases)")
            for index in requests.indices {
                let other = try await play.request(
                    "POST", requests[index].0, body: requests[index].1 + " ",
                    ["-H", "Idempotency-Key: key-\(index)"])
                #expect(other.stdout.contains("idempotency-mismatch"), "\(other.stdout)")
            }
            let lease = try #require(identifier(first[3]))
            #expect(try await LeaseClient(play: play).discard(lease).status == 204)
        }
    }

    private func identifier(_ answer: String) -> String? {
        let text = answer.components(separatedBy: "\n").first ?? ""
        return (try? JSONDecoder().decode([String: JSON].self, from: Data(text.utf8)))?["id"]?.text
    }
}

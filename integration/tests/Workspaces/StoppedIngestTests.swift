import Foundation
import TestSupport
import Testing

@Suite struct `A workspace that is being taken in` {
    /// One that takes minutes: a file of little but hole.
    private func begin(_ play: Playground) async throws -> Task<Output, any Error> {
        let made = try await play.shell("truncate -s 250G large")
        try #require(made.status == 0, "\(made.stderr)")
        let ingest = Task {
            try await play.request(
                "POST", "/v1/workspaces/large/revisions", body: "{\"path\": \"\(play.project)\"}")
        }
        try await eventually("it has begun") {
            try await play.request("GET", "/v1/workspaces").stdout.contains("\"large\"")
        }
        return ingest
    }

    @Test func `does not keep the daemon from stopping`() async throws {
        try await Playground.open { play in
            let ingest = try await begin(play)
            let start = ContinuousClock.now
            await play.daemon.stop()
            #expect(ContinuousClock.now - start < .seconds(20))
            _ = try await ingest.value
            try play.remove("large")
            try await play.daemon.start()
        }
    }

    @Test func `for the first time is not there after a kill`() async throws {
        try await Playground.open { play in
            let ingest = try await begin(play)
            await play.daemon.kill()
            _ = try await ingest.value
            try await play.daemon.start()
            #expect(try await play.request("GET", "/v1/workspaces").stdout.contains("\"items\":[]"))
            try play.remove("large")
            try await play.awaitNone("left") { try await play.leftovers() }
        }
    }
}

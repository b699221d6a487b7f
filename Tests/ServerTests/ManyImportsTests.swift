import API
import Model
import Server
import Testing

@Suite struct `Imports of images` {
    @Test func `as many as there may be, each told as a stream, don't wait for each other for ever`()
        async throws
    {
        let limits = ServerConfiguration().limits
        try await ServerFixture.serve(rules: [ListenerRule(scope: Scope(owner: 7))]) { fixture in
            let image = try fixture.makeBusybox()
            try await withThrowingTaskGroup(of: HTTPReply.self) { group in
                for number in 0..<limits.uploads {
                    group.addTask {
                        try await fixture.request(
                            "POST", "/v1/images", headers: ["Accept": MediaType.ndjson],
                            body: "{\"name\": \"box-\(number)\", \"source\": \"\(image)\"}",
                            on: number.isMultiple(of: 2) ? 0 : nil)
                    }
                }
                for try await reply in group {
                    #expect(reply.status == 200 && reply.isWhole, "\(reply.text)")
                    #expect(reply.text.contains("\"digest\":"), "\(reply.text)")
                }
            }
        }
    }
}

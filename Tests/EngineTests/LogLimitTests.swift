import Engine
import Model
import Testing

@Suite struct `A step that writes too much` {
    @Test func `is told the limit that was in force`() async throws {
        let configured = try #require(ByteSize("64KiB"))
        try await EngineFixture.open(configure: { $0.logLimit = configured }) { fixture in
            let run = try await fixture.run(
                """
                version: 1
                image: busybox
                steps:
                  - {key: a, run: "while echo 0123456789012345678901234567890; do true; done", workspace: none, network: none}
                """)
            #expect(run.steps.map(\.status) == [.error])
            let text = try await fixture.events(of: run.record.id)
            #expect(text.contains("log-limit") && text.contains("more than \(configured) to its output"))
        }
    }
}

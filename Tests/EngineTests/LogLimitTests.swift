import Model
import TestSupport
import Testing

@testable import Engine

@Suite struct `A step that writes too much` {
    @Test func `is told the limit that was in force`() async throws {
        let configured = try #require(ByteSize("64KiB"))
        try await EngineFixture.open(configure: { $0.logLimit = configured }) { fixture in
            async let begun = fixture.run(
                """
                version: 1
                image: busybox
                steps:
                  - {key: a, run: "sleep 2; while echo 0123456789012345678901234567890; do true; done", workspace: none, network: none}
                """)
            var changed = fixture.engine.configuration
            changed.logLimit = try #require(ByteSize("128KiB"))
            // Not before the step's own limit is fixed.
            try await eventually("the step is watched") { fixture.engine.disk.watchedCount > 0 }
            fixture.engine.reload(changed)
            let run = try await begun
            #expect(run.steps.map(\.status) == [.error])
            let text = try await fixture.events(of: run.record.id)
            #expect(text.contains("log-limit") && text.contains("more than \(configured) to its output"))
        }
    }
}

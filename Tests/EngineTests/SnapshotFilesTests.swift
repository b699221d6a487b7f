import Archives
import Engine
import Linux
import Model
import Testing

@Suite struct `The files of a snapshot` {
    /// Cancels the task that writes to it as soon as it gets something.
    private final class CancellingSink: ByteSink, Sendable {
        func write(_ bytes: UnsafeRawBufferPointer) {
            // SAFETY: the task is not kept beyond the call.
            unsafe withUnsafeCurrentTask { task in unsafe task?.cancel() }
        }
    }

    @Test func `are read no further once nobody wants them`() async throws {
        try await EngineFixture.open { fixture in
            let run = try await fixture.run(
                """
                version: 1
                image: busybox
                steps:
                  - key: a
                    run: busybox dd if=/dev/zero of=/f bs=1048576 count=4
                    cache: forever
                    workspace: none
                    network: none
                """)
            let snapshot = try #require(run.steps.first?.snapshot)
            let engine = fixture.engine
            // As the server does it: on a thread of the pool's, within the task.
            let reading = Task(executorPreference: BlockingPool.archives) {
                try await engine.files(
                    of: snapshot, path: "/f", revision: nil, deltaOnly: true, in: .everywhere,
                    to: CancellingSink())
            }
            let failure = await #expect(throws: Failure.self) { try await reading.value }
            #expect(failure?.code == .cancelled)
        }
    }
}

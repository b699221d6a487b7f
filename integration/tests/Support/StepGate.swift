import Foundation
import Testing

/// Holds a step at one place of its script until the test lets it go on.
struct StepGate {
    private let name = "gate-\(UUID().uuidString.prefix(8))"

    /// Goes into the step's script.
    var script: String { "echo waiting; until [ -e /tmp/\(name) ]; do sleep 0.05; done; rm /tmp/\(name)" }

    /// Waits until the run has come to the gate in this step.
    func reached(by run: RunningRun, in step: String) async throws { try await run.line("waiting", of: step) }

    /// Lets every step go on that waits here.
    func open(on play: Playground) async throws {
        let waiting = try await play.processes(running: name)
        try #require(!waiting.isEmpty, "nothing waits at the gate")
        for process in waiting {
            // One of them may end in the meantime, such as the `sleep`.
            _ = try? Data().write(to: URL(fileURLWithPath: "/proc/\(process)/root/tmp/\(name)"))
        }
    }
}

import Foundation

extension Process {
    /// Returns when the process has ended, also for a task that is cancelled. (`waitUntilExit` turns a run loop in
    /// which nothing is, and keeps a processor busy meanwhile.)
    package func ended() async {
        await Task.detached { [self] in
            while isRunning { try? await Task.sleep(for: .milliseconds(10)) }
        }.value
    }
}

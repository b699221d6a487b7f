import Repair
import Synchronization

/// Says how far a look at a store has come, which may take minutes: nothing of one that is soon over, then a line every
/// few seconds.
struct CheckupNarration {
    var first: Duration = .seconds(1)
    var next: Duration = .seconds(3)
    var write: @Sendable (String) -> Void = { try? StandardStream.error.writeLine($0) }

    /// - Parameter body: may block; notes what it does with the function it is given.
    func during<Value, Problem: Error>(
        _ body: (_ note: @escaping (CheckupProgress) -> Void) async throws(Problem) -> Value
    ) async throws(Problem) -> Value {
        let latest = LatestProgress()
        let telling = Task.detached { [self] in
            var pause = first
            while (try? await Task.sleep(for: pause)) != nil {
                pause = next
                if let progress = latest.value.withLock({ $0 }) { write("varve doctor: \(progress)") }
            }
        }
        defer { telling.cancel() }
        return try await body { progress in latest.value.withLock { $0 = progress } }
    }
}

/// What was noted last.
private final class LatestProgress: Sendable {
    let value = Mutex<CheckupProgress?>(nil)
}

import Model
import Synchronization

/// Runs of an earlier life of the daemon that go on in this one, between the look at what is there and the moment they
/// can be driven.
final class LeftRuns: Sendable {
    private let found = Mutex<[LeftRun]>([])

    func add(_ run: LeftRun) { found.withLock { $0.append(run) } }

    func takeAll() -> [LeftRun] {
        found.withLock { found in
            defer { found = [] }
            return found
        }
    }
}

/// A run that was under way, with its request.
struct LeftRun: Sendable {
    let record: RunRecord
    let folder: RunRequestFolder
    let request: KeptRunRequest
}

/// What must be left alone when the store is brought in order.
struct LeftWork: Sendable {
    var runs: Set<String> = []
    /// Names of directories beside the mounts.
    var names: Set<String> = []
    /// Numbers of directories in `active/`.
    var active: Set<LayerID> = []
}

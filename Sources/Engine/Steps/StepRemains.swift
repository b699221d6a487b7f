import Linux
import Model
import Synchronization
import SystemPackage

/// What an execution has on disk beside its tree, until its end is on record: bundle, log and status.
///
/// Until then a later life of the daemon may need them.
final class StepRemains: Sendable {
    /// Whose directory has its log and status.
    let run: String
    private let state = Mutex(State())

    private struct State: Sendable {
        var place: Place?
        var narrator: StepNarrator?
    }

    struct Place: Sendable {
        let bundle: String
        let position: Int
    }

    init(in run: String) { self.run = run }

    func begin(_ place: Place) { state.withLock { $0.place = place } }

    /// Where they are, the first time.
    func take() -> Place? { state.withLock { $0.place.take() } }

    var bundle: String? { state.withLock { $0.place?.bundle } }

    /// Who tells of the step now; nil as long as nobody has begun to.
    var narrator: StepNarrator? { state.withLock { $0.narrator } }

    /// Another run tells of the step from now on. Blocks.
    func narrate(by narrator: StepNarrator) throws {
        state.withLock { $0.narrator = narrator }
        guard let path = bundle, let directory = try? Directory(opening: path, following: false),
            var mark = StepMark.read(from: directory), mark.narrator != narrator.run.id
        else { return }
        mark.narrator = narrator.run.id
        mark.step = narrator.step
        try mark.write(to: directory)
    }
}

import Model
import Synchronization

/// What is known of leases while the daemon lives: whose turn it is, what is on record, when each ends, which
/// layers they hold, and trees that are unmounted here and not yet let go of elsewhere.
///
/// Nothing of it is needed to go on after a restart: what is, is on record.
final class LiveLeases: Sendable {
    /// One operation at a time on each lease.
    let turns = KeyedTurns<String>()
    let expiries = Deadlines()
    private let state = Mutex(State())

    private struct State: Sendable {
        var leases: [String: Lease] = [:]
        var holds: [String: LayerHolds.Hold] = [:]
        var draining: [String: DrainingTree] = [:]
        var watches: [String: StepDiskWatch] = [:]
    }

    /// Takes down what is on record of a lease.
    func keep(_ lease: Lease) { state.withLock { $0.leases[lease.id] = lease } }

    /// A lease as it was kept last; nil for one that is forgotten.
    func lease(_ id: String) -> Lease? { state.withLock { $0.leases[id] } }

    /// Holds the layers of a lease until it is forgotten.
    func keep(_ hold: LayerHolds.Hold, of id: String) { state.withLock { $0.holds[id] = hold } }

    /// A tree whose mounts are gone from here, while copies of them are left in another mount namespace.
    func keep(_ tree: DrainingTree, of id: String) { state.withLock { $0.draining[id] = tree } }

    /// The tree a commit before left to be gone on with; nil for one that is mounted, or was left by another life.
    func takeDraining(_ id: String) -> DrainingTree? {
        state.withLock { $0.draining.removeValue(forKey: id) }
    }

    func keep(_ watch: StepDiskWatch, of id: String) { state.withLock { $0.watches[id] = watch } }

    /// What watches a lease's writes; nil for a view.
    func watch(of id: String) -> StepDiskWatch? { state.withLock { $0.watches[id] } }

    func forget(_ id: String) {
        expiries.remove(id)
        state.withLock { state in
            state.leases[id] = nil
            state.watches[id] = nil
            state.holds[id] = nil
            state.draining[id] = nil
        }
    }
}

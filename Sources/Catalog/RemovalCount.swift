import Synchronization

/// Tells whether a look at the catalog has seen a snapshot that is being removed.
///
/// A reader sees what was committed last, and with it what a transaction under way is about to remove. Where no removal
/// was under way when it began to look, and none has begun until it had looked, what it saw is there; and a removal that
/// begins after that asks who uses the snapshot.
final class RemovalCount: Sendable {
    private let begun = Atomic(0)
    private let ended = Atomic(0)

    /// A number that changes with every removal; nil while one is under way.
    var settled: Int? {
        let ended = ended.load(ordering: .sequentiallyConsistent)
        return begun.load(ordering: .sequentiallyConsistent) == ended ? ended : nil
    }

    func begin() { begun.add(1, ordering: .sequentiallyConsistent) }
    func end() { ended.add(1, ordering: .sequentiallyConsistent) }
}

import Model
import Synchronization

/// Things that something under way stands on: they stay, whatever the catalog says of them meanwhile.
final class Holds<Thing: Hashable & Sendable>: Sendable {
    private let counts = Mutex<[Thing: Int]>([:])

    /// Holds the things as long as the returned value lives.
    ///
    /// What was read before may have gone by now: only what is found in the catalog afterwards is kept.
    func hold(_ things: [Thing]) -> Hold {
        counts.withLock { counts in
            for thing in things { counts[thing, default: 0] += 1 }
        }
        return Hold(things, in: self)
    }

    var held: Set<Thing> { counts.withLock { Set($0.keys) } }

    private func release(_ things: [Thing]) {
        counts.withLock { counts in
            for thing in things {
                guard let count = counts[thing] else { continue }
                counts[thing] = count > 1 ? count - 1 : nil
            }
        }
    }

    final class Hold: Sendable {
        private let things: [Thing]
        private let holds: Holds

        fileprivate init(_ things: [Thing], in holds: Holds) {
            self.things = things
            self.holds = holds
        }

        deinit { holds.release(things) }
    }
}

/// Layers whose directories stay.
typealias LayerHolds = Holds<LayerID>

/// Snapshots whose rows stay.
typealias SnapshotHolds = Holds<String>

/// Images whose rows stay.
typealias ImageHolds = Holds<Digest>

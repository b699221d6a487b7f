/// Which snapshots go when room is wanted, and in which order.
///
/// Descendants always go before what they stand on, so the use of a snapshot counts as one of all its ancestors;
/// and what must stay keeps them too. Among what may go, what was unused for the longest time goes first.
package enum PruneRule {
    package struct Candidate: Hashable, Sendable {
        package var id: String
        package var parent: String?
        package var used: Timestamp
        /// What goes with it.
        package var bytes: Int64
        package var isKept: Bool

        package init(id: String, parent: String?, used: Timestamp, bytes: Int64, isKept: Bool) {
            self.id = id
            self.parent = parent
            self.used = used
            self.bytes = bytes
            self.isKept = isKept
        }
    }

    /// The identifiers of those that go, descendants before ancestors.
    ///
    /// - Parameters:
    ///   - all: every snapshot there is; what is left of their bytes is held against `keepBytes`.
    ///   - keepBytes: no more go once the rest takes no more than that; nil for no such end.
    ///   - time: only what was last used before it goes; nil for everything.
    package static func choose(
        among all: [Candidate], keepBytes: Int64?, usedBefore time: Timestamp?
    ) -> [String] {
        var places = all.enumerated().map { Place(index: $0.offset, candidate: $0.element) }
        for (child, parent) in parentsLast(all) {
            places[parent].used = max(places[parent].used, places[child].used)
            places[parent].isKept = places[parent].isKept || places[child].isKept
            places[parent].height = max(places[parent].height, places[child].height + 1)
        }
        var left = all.reduce(0) { $0 + $1.bytes }
        var chosen: [String] = []
        for place in places.sorted() where !place.isKept {
            if let keepBytes, left <= keepBytes { break }
            if let time, place.used >= time { break }
            left -= all[place.index].bytes
            chosen.append(all[place.index].id)
        }
        return chosen
    }

    /// A candidate with what its descendants make of it.
    private struct Place: Comparable {
        let index: Int
        var used: Timestamp
        var isKept: Bool
        /// Above everything that stands on it.
        var height = 0

        init(index: Int, candidate: Candidate) {
            self.index = index
            used = candidate.used
            isKept = candidate.isKept
        }

        static func < (left: Place, right: Place) -> Bool {
            (left.used, left.height, left.index) < (right.used, right.height, right.index)
        }
    }

    /// Every pair of a child and its parent, a snapshot's children before the pair in which it is the child.
    private static func parentsLast(_ all: [Candidate]) -> [(child: Int, parent: Int)] {
        let positions = Dictionary(
            all.enumerated().map { ($0.element.id, $0.offset) }, uniquingKeysWith: { first, _ in first })
        var children: [Int: [Int]] = [:]
        var order: [(child: Int, parent: Int)] = []
        var open: [Int] = []
        for (index, candidate) in all.enumerated() {
            if let parent = candidate.parent.flatMap({ positions[$0] }) {
                children[parent, default: []].append(index)
            } else {
                open.append(index)
            }
        }
        while let parent = open.popLast() {
            for child in children[parent] ?? [] {
                order.append((child, parent))
                open.append(child)
            }
        }
        return order.reversed()
    }
}

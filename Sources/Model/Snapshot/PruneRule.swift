/// Which snapshots go when room is wanted, and in which order.
///
/// Descendants always go before what they stand on; what must stay keeps all below it. Of those that nothing stands
/// on, the least valuable goes first, then of those that are left, and so on: a snapshot is worth the time it takes
/// to make it again, by byte, and the less the longer it was not used. The use of a snapshot is one of all it
/// stands on.
package enum PruneRule {
    package struct Candidate: Hashable, Sendable {
        package var id: String
        package var parent: String?
        package var used: Timestamp
        /// How long its command took.
        package var milliseconds: Int64
        /// What goes with it.
        package var size: DiskAmount
        package var isKept: Bool

        package init(
            id: String, parent: String?, used: Timestamp, milliseconds: Int64, size: DiskAmount, isKept: Bool
        ) {
            self.id = id
            self.parent = parent
            self.used = used
            self.milliseconds = milliseconds
            self.size = size
            self.isKept = isKept
        }
    }

    /// When no more have to go.
    package enum Goal: Hashable, Sendable {
        /// Everything that may go does.
        case everything
        /// What is left of all takes no more bytes than that.
        case keeping(bytes: Int64)
        /// What has gone is as much as that.
        case freeing(DiskAmount)
    }

    /// The identifiers of those that go, in order.
    ///
    /// - Parameters:
    ///   - all: every snapshot there is.
    ///   - time: only what was last used before it goes; nil for everything.
    package static func choose(
        among all: [Candidate], goal: Goal, usedBefore time: Timestamp? = nil, at now: Timestamp
    ) -> [String] {
        var places = all.map { Place($0) }
        var parents: [Int?] = Array(repeating: nil, count: all.count)
        for (child, parent) in parentsLast(all) {
            places[parent].used = max(places[parent].used, places[child].used)
            places[parent].isKept = places[parent].isKept || places[child].isKept
            places[parent].children += 1
            parents[child] = parent
        }
        func mayGo(_ index: Int) -> Bool {
            guard !places[index].isKept, places[index].children == 0 else { return false }
            return time.map { places[index].used < $0 } ?? true
        }
        func entry(_ index: Int) -> Heap.Entry {
            Heap.Entry(
                value: value(of: all[index], used: places[index].used, at: now), used: places[index].used,
                index: index)
        }
        var heap = Heap()
        for index in all.indices where mayGo(index) { heap.push(entry(index)) }
        let total = all.reduce(0) { $0 + $1.size.bytes }
        var freed = DiskAmount()
        var chosen: [String] = []
        while !isReached(goal, total: total, freed: freed), let next = heap.pop() {
            freed += all[next.index].size
            chosen.append(all[next.index].id)
            guard let parent = parents[next.index] else { continue }
            places[parent].children -= 1
            if mayGo(parent) { heap.push(entry(parent)) }
        }
        return chosen
    }

    /// Milliseconds to make it again, by byte, divided by one more than the hours since its last use.
    package static func value(of candidate: Candidate, used: Timestamp, at now: Timestamp) -> Double {
        let hours = Double(max(0, now.nanoseconds - used.nanoseconds)) / 3600e9
        // Nothing takes less than a block.
        return Double(max(1, candidate.milliseconds)) / Double(max(4096, candidate.size.bytes)) / (1 + hours)
    }

    private static func isReached(_ goal: Goal, total: Int64, freed: DiskAmount) -> Bool {
        switch goal {
        case .everything: false
        case .keeping(let bytes): total - freed.bytes <= bytes
        case .freeing(let amount): freed.covers(amount)
        }
    }

    /// A candidate with what its descendants make of it.
    private struct Place {
        var used: Timestamp
        var isKept: Bool
        /// Those that have not gone.
        var children = 0

        init(_ candidate: Candidate) {
            used = candidate.used
            isKept = candidate.isKept
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

/// A binary heap with the least entry on top.
private struct Heap {
    struct Entry: Comparable {
        let value: Double
        let used: Timestamp
        let index: Int

        static func < (left: Entry, right: Entry) -> Bool {
            (left.value, left.used, left.index) < (right.value, right.used, right.index)
        }
    }

    private var entries: [Entry] = []

    mutating func push(_ entry: Entry) {
        entries.append(entry)
        var place = entries.count - 1
        while place > 0, entries[place] < entries[(place - 1) / 2] {
            entries.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    mutating func pop() -> Entry? {
        guard let top = entries.first, let last = entries.popLast() else { return nil }
        guard !entries.isEmpty else { return top }
        entries[0] = last
        var place = 0
        while true {
            let children = [2 * place + 1, 2 * place + 2].filter { $0 < entries.count }
            guard let least = children.min(by: { entries[$0] < entries[$1] }), entries[least] < entries[place]
            else { return top }
            entries.swapAt(place, least)
            place = least
        }
    }
}

extension Pipeline {
    /// Kahn's algorithm, with the document's order among the steps that are free.
    static func topologicalOrder(
        _ steps: [StepSpecification], byKey: [StepKey: Int]
    ) throws(GraphProblem) -> [Int] {
        let parents = steps.map { Set($0.parents.compactMap { byKey[$0] }) }
        var waitingFor = parents.map(\.count)
        var dependants = [[Int]](repeating: [], count: steps.count)
        for (index, parents) in parents.enumerated() {
            for parent in parents { dependants[parent].append(index) }
        }
        var free = FirstOut(steps.indices.filter { waitingFor[$0] == 0 })
        var order: [Int] = []
        order.reserveCapacity(steps.count)
        while let next = free.popFirst() {
            order.append(next)
            for dependant in dependants[next] {
                waitingFor[dependant] -= 1
                if waitingFor[dependant] == 0 { free.insert(dependant) }
            }
        }
        guard order.count == steps.count else {
            let stuck = Set(steps.indices.filter { waitingFor[$0] > 0 })
            throw .cycle(Pipeline.cycle(among: stuck, parents: parents).map { steps[$0].key })
        }
        return order
    }

    /// Some cycle among steps that all wait for one another: following parents must come back.
    private static func cycle(among stuck: Set<Int>, parents: [Set<Int>]) -> [Int] {
        guard var position = stuck.min() else { return [] }
        var trail: [Int] = []
        var placeOnTrail: [Int: Int] = [:]
        while placeOnTrail[position] == nil {
            placeOnTrail[position] = trail.count
            trail.append(position)
            guard let next = parents[position].intersection(stuck).min() else { break }
            position = next
        }
        return Array(trail[(placeOnTrail[position] ?? 0)...])
    }

    /// A set of numbers of which the least comes out first: a binary heap.
    fileprivate struct FirstOut {
        private var heap: [Int]

        /// - Parameter ascending: in order already, which makes it a heap as it stands.
        init(_ ascending: [Int]) { heap = ascending }

        mutating func insert(_ number: Int) {
            heap.append(number)
            var place = heap.count - 1
            while place > 0, heap[place] < heap[(place - 1) / 2] {
                heap.swapAt(place, (place - 1) / 2)
                place = (place - 1) / 2
            }
        }

        mutating func popFirst() -> Int? {
            guard let first = heap.first, let last = heap.popLast() else { return nil }
            guard !heap.isEmpty else { return first }
            heap[0] = last
            var place = 0
            while true {
                let children = [2 * place + 1, 2 * place + 2].filter { $0 < heap.count }
                guard let least = children.min(by: { heap[$0] < heap[$1] }), heap[least] < heap[place] else {
                    break
                }
                heap.swapAt(place, least)
                place = least
            }
            return first
        }
    }
}

/// Finds any of many byte strings in a stream, at a cost for each byte that depends neither on how many they are nor on
/// how much they resemble each other (Aho and Corasick, *Efficient string matching*, 1975).
///
/// A state is a node of the strings' prefix tree: the longest end of the stream that is a string's beginning. Makes some
/// 17 bytes of each byte of the strings.
struct StringSearch: Sendable {
    typealias State = Int

    /// Before the first byte of a stream.
    static let start: State = 0

    /// By which byte a node is reached. Nodes are in the order of their depth, the children of one side by side and in
    /// the order of these.
    private var bytes: [UInt8] = [0]
    /// One more than there are nodes, so that each has the end of its children too.
    private var firstChild: [Int32] = []
    /// The longest end of a node's beginning that is a shorter beginning.
    private var fallback: [Int32] = [0]
    private var depth: [Int32] = [0]
    /// The length of the longest string that ends here.
    private var longest: [Int32] = [0]

    /// - Parameter strings: none of them empty; 2 GiB at most.
    init(_ strings: [ArraySlice<UInt8>]) {
        let strings = strings.sorted { $0.lexicographicallyPrecedes($1) }
        func byte(_ string: Int, at place: Int) -> UInt8 {
            strings[string][strings[string].startIndex + place]
        }
        // For each node of a level, the strings that begin so.
        var level = [strings.indices]
        var place = 0
        while !level.isEmpty {
            var next: [Range<Int>] = []
            for range in level {
                let node = firstChild.count
                firstChild.append(Int32(bytes.count))
                // A string comes before those that go on.
                var rest = range.drop { strings[$0].count == place }
                while let first = rest.first {
                    let value = byte(first, at: place)
                    let alike = rest.prefix { byte($0, at: place) == value }
                    add(value, below: node, isEnd: strings[first].count == place + 1)
                    next.append(alike)
                    rest = rest.dropFirst(alike.count)
                }
            }
            level = next
            place += 1
        }
        firstChild.append(Int32(bytes.count))
    }

    private mutating func add(_ byte: UInt8, below parent: State, isEnd: Bool) {
        let length = depth[parent] + 1
        let other = parent == Self.start ? Self.start : state(after: byte, in: State(fallback[parent]))
        bytes.append(byte)
        fallback.append(Int32(other))
        depth.append(length)
        longest.append(isEnd ? length : longest[other])
    }

    /// There is nothing to be found.
    var isEmpty: Bool { bytes.count == 1 }

    /// Takes the next byte of the stream.
    func state(after byte: UInt8, in state: State) -> State {
        var state = state
        while true {
            if let child = child(of: state, by: byte) { return child }
            if state == Self.start { return state }
            state = State(fallback[state])
        }
    }

    /// How long the longest string is that ends where the stream is; 0 for none.
    func match(in state: State) -> Int { Int(longest[state]) }

    /// The longest end of the stream that could go on to be a string.
    func unfinished(in state: State) -> (state: State, length: Int) {
        var state = state
        while firstChild[state] == firstChild[state + 1], state != Self.start {
            state = State(fallback[state])
        }
        return (state, Int(depth[state]))
    }

    private func child(of state: State, by byte: UInt8) -> State? {
        let end = Int(firstChild[state + 1])
        var (low, high) = (Int(firstChild[state]), end)
        while low < high {
            let middle = (low + high) / 2
            if bytes[middle] < byte { low = middle + 1 } else { high = middle }
        }
        return low < end && bytes[low] == byte ? low : nil
    }
}

import Model
import Testing

@Suite struct RevisionChainTests {
    /// What a chain becomes by one edit after the other, and how many entries were taken over for it.
    private func grown(by edits: [Int64], on first: Int64) -> (longest: Int, taken: Int64, firstTaken: Int) {
        var (chain, longest, taken, firstTaken) = ([first], 1, Int64(0), 0)
        for edit in edits {
            chain.append(edit)
            if let start = RevisionChain.squashStart(chain) {
                let merged = chain[start...].reduce(0, +)
                taken += merged
                if start == 0 { firstTaken += 1 }
                chain = chain[..<start] + [merged]
            }
            longest = max(longest, chain.count)
        }
        return (longest, taken, firstTaken)
    }

    @Test func `a chain stays short, whatever is edited, and the first layer is left alone`() {
        let (longest, taken, firstTaken) = grown(by: Array(repeating: 5, count: 3000), on: 20_000)
        #expect(longest <= 8)
        #expect(firstTaken == 0)
        #expect(taken < 3000 * 5 * 16, "\(taken) entries were taken over")
    }

    @Test func `layers of any sizes are merged in the end`() {
        for first: Int64 in [0, 1, 100] {
            #expect(grown(by: (0..<200).map { Int64($0 % 17) }, on: first).longest <= 8)
        }
        #expect(RevisionChain.squashStart(Array(repeating: 0, count: 8)) == nil)
        #expect(RevisionChain.squashStart([1, 2, 4, 8, 16, 32, 64, 128, 256]) == 0)
    }
}

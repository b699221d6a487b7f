import Model
import Testing

@Suite struct `A digest of several` {
    private let parts = ["a", "b", "c", "c"].map { Digest(of: Array($0.utf8)) }

    @Test func `is the same in any order`() {
        let whole = Digest(unordered: parts)
        for shift in parts.indices {
            #expect(Digest(unordered: parts[shift...] + parts[..<shift]) == whole)
        }
        #expect(Digest(unordered: parts.reversed()) == whole)
    }

    @Test func `may be made bit by bit`() {
        var sum = Digest(unordered: [])
        for part in parts { sum = Digest(unordered: [sum, part]) }
        #expect(sum == Digest(unordered: parts))
    }

    @Test func `is another one with each that is missing, or there once more`() {
        #expect(Digest(unordered: []).hex == String(repeating: "0", count: 64))
        var seen = Set([Digest(unordered: parts)])
        for index in parts.indices.dropLast() {
            var fewer = parts
            fewer.remove(at: index)
            #expect(seen.insert(Digest(unordered: fewer)).inserted)
            #expect(seen.insert(Digest(unordered: parts + [parts[index]])).inserted)
        }
    }
}

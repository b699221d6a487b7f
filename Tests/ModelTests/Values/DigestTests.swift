import Model
import Testing

@Suite struct `A digest as text` {
    private let digest = Digest(of: Array("abc".utf8))

    @Test func `is 64 lower-case hex digits`() {
        // FIPS 180-2, B.1
        let text = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        #expect(digest.hex == text)
        #expect(Digest(hex: text) == digest)
        #expect(Digest(hex: "sha256:\(text)".dropFirst(7)) == digest)
    }

    @Test func `is nothing else that could be read as one`() {
        let text = digest.hex
        for other in [
            "", text.uppercased(), "\(text)0", String(text.dropLast()), "g\(text.dropFirst())",
            "\(text.dropLast())/",
            "+\(text.dropFirst())", "\(text.dropLast(2))é", " \(text)",
        ] {
            #expect(Digest(hex: other) == nil, "\(other)")
        }
    }
}

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

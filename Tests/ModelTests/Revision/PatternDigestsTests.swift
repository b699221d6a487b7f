import Model
import Testing

@Suite struct `Path patterns on a revision` {
    private static func tree(_ count: Int) -> Manifest {
        Manifest.tree(
            Dictionary(uniqueKeysWithValues: (0..<count).map { ("d\($0 % 50)/e\($0 % 7)/f\($0)", "\($0)") }))
    }

    @Test func `are each worked out once, and come to the same as alone`() throws {
        let manifest = Self.tree(300)
        let lists = try [["**/f1*"], ["d1", "d2/**/f2"], ["none"]].map { try $0.map { try PathGlob($0) } }
        var patterns = PatternDigests(on: manifest)
        #expect(patterns.unknown(of: Set(lists)) == Set(lists))
        var checks = 0
        patterns.prepare(Set(lists)) { checks += 1 }
        #expect(patterns.unknown(of: Set(lists)).isEmpty && checks >= lists.count)
        for list in lists { #expect(patterns.digest(matching: list) == manifest.digest(matching: list)) }
    }

    @Test func `stop being compared when nobody waits for them any more, and keep what is known`() throws {
        struct Left: Error {}
        let lists = try Set((0..<1000).map { [try PathGlob("**/x\($0)*")] })
        var patterns = PatternDigests(on: Self.tree(5000))
        var checks = 0
        #expect(throws: Left.self) {
            try patterns.prepare(lists) {
                checks += 1
                if checks == 6 { throw Left() }
            }
        }
        #expect((1..<6).contains(lists.count - patterns.unknown(of: lists).count))
    }
}

import Model
import Testing

@Suite struct PruneRuleTests {
    private func candidate(
        _ id: String, on parent: String? = nil, used: Int64, bytes: Int64 = 10, kept: Bool = false
    ) -> PruneRule.Candidate {
        PruneRule.Candidate(
            id: id, parent: parent, used: Timestamp(seconds: used), bytes: bytes, isKept: kept)
    }

    @Test func `descendants go before what they stand on, the longest unused first`() {
        let all = [
            candidate("root", used: 1), candidate("old", on: "root", used: 2),
            candidate("young", on: "root", used: 9), candidate("other", used: 5),
        ]
        #expect(
            PruneRule.choose(among: all, keepBytes: nil, usedBefore: nil) == [
                "old", "other", "young", "root",
            ])
    }

    @Test func `what must stay keeps all it stands on, and nothing else`() {
        let all = [
            candidate("root", used: 1), candidate("middle", on: "root", used: 1),
            candidate("leaf", on: "middle", used: 1, kept: true), candidate("above", on: "leaf", used: 1),
            candidate("beside", on: "middle", used: 1),
        ]
        #expect(
            Set(PruneRule.choose(among: all, keepBytes: nil, usedBefore: nil)) == ["above", "beside"])
    }

    @Test func `a young descendant spares its old ancestors from an age`() {
        let all = [
            candidate("root", used: 1), candidate("leaf", on: "root", used: 100), candidate("old", used: 1),
        ]
        #expect(
            PruneRule.choose(among: all, keepBytes: nil, usedBefore: Timestamp(seconds: 50)) == ["old"])
    }

    @Test func `no more go than the size asks for`() {
        let all = [candidate("a", used: 1), candidate("b", used: 2), candidate("c", used: 3)]
        #expect(PruneRule.choose(among: all, keepBytes: 30, usedBefore: nil) == [])
        #expect(PruneRule.choose(among: all, keepBytes: 29, usedBefore: nil) == ["a"])
        #expect(PruneRule.choose(among: all, keepBytes: 10, usedBefore: nil) == ["a", "b"])
        #expect(
            PruneRule.choose(among: all, keepBytes: 0, usedBefore: Timestamp(seconds: 3)) == ["a", "b"])
    }

    @Test func `what can't be freed is no reason to free more than there is`() {
        let all = [candidate("big", used: 1, bytes: 1000, kept: true), candidate("a", used: 1)]
        #expect(PruneRule.choose(among: all, keepBytes: 5, usedBefore: nil) == ["a"])
    }

    @Test func `a chain of 20,000 costs no more than its length`() {
        let all = (0..<20_000).map { number in
            candidate("\(number)", on: number == 0 ? nil : "\(number - 1)", used: 1)
        }
        let chosen = PruneRule.choose(among: all, keepBytes: nil, usedBefore: nil)
        #expect(chosen == all.reversed().map(\.id))
    }
}

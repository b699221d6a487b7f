import Model
import Testing

@Suite struct PruneRuleTests {
    private let now = Timestamp(seconds: 1_000_000)

    private func candidate(
        _ id: String, on parent: String? = nil, used: Int64, milliseconds: Int64 = 1000, bytes: Int64 = 10,
        entries: Int64 = 1, kept: Bool = false
    ) -> PruneRule.Candidate {
        PruneRule.Candidate(
            id: id, parent: parent, used: Timestamp(seconds: used), milliseconds: milliseconds,
            size: DiskAmount(bytes: bytes, entries: entries), isKept: kept)
    }

    private func choose(
        _ all: [PruneRule.Candidate], _ goal: PruneRule.Goal = .everything, usedBefore: Int64? = nil
    ) -> [String] {
        PruneRule.choose(
            among: all, goal: goal, usedBefore: usedBefore.map { Timestamp(seconds: $0) }, at: now)
    }

    @Test func `descendants go before what they stand on, of equal ones the longest unused first`() {
        let all = [
            candidate("root", used: 1), candidate("old", on: "root", used: 2),
            candidate("young", on: "root", used: 9), candidate("other", used: 5),
        ]
        #expect(choose(all) == ["old", "other", "young", "root"])
    }

    @Test func `what is made again in no time, or is large, goes before what is dear and small`() {
        let hour: Int64 = 1_000_000 - 3600
        let all = [
            candidate("dear", used: hour, milliseconds: 600_000, bytes: 1 << 20),
            candidate("large", used: hour, milliseconds: 600_000, bytes: 1 << 30),
            candidate("cheap", used: hour, milliseconds: 10, bytes: 1 << 20),
        ]
        #expect(choose(all) == ["cheap", "large", "dear"])
    }

    @Test func `what was dear is worth less the longer nobody used it`() {
        let all = [
            candidate("dear", used: 0, milliseconds: 100_000, bytes: 1 << 20),
            candidate("fresh", used: 999_999, milliseconds: 1000, bytes: 1 << 20),
        ]
        #expect(choose(all) == ["dear", "fresh"], "277 hours unused, 100 times as dear")
    }

    @Test func `a worthless root stays as long as a dear leaf stands on it, and goes right behind it`() {
        let all = [
            candidate("root", used: 1, milliseconds: 1, bytes: 1 << 30),
            candidate("leaf", on: "root", used: 1, milliseconds: 1_000_000, bytes: 4096),
            candidate("other", used: 1, milliseconds: 1000, bytes: 4096),
        ]
        #expect(choose(all, .freeing(DiskAmount(bytes: 1))) == ["other"])
        #expect(choose(all) == ["other", "leaf", "root"])
    }

    @Test func `what must stay keeps all it stands on, and nothing else`() {
        let all = [
            candidate("root", used: 1), candidate("middle", on: "root", used: 1),
            candidate("leaf", on: "middle", used: 1, kept: true), candidate("above", on: "leaf", used: 1),
            candidate("beside", on: "middle", used: 1),
        ]
        #expect(Set(choose(all)) == ["above", "beside"])
    }

    @Test func `a young descendant spares its old ancestors from an age`() {
        let all = [
            candidate("root", used: 1), candidate("leaf", on: "root", used: 100), candidate("old", used: 1),
        ]
        #expect(choose(all, usedBefore: 50) == ["old"])
    }

    @Test func `no more go than the size asks for`() {
        let all = [candidate("a", used: 1), candidate("b", used: 2), candidate("c", used: 3)]
        #expect(choose(all, .keeping(bytes: 30)) == [])
        #expect(choose(all, .keeping(bytes: 29)) == ["a"])
        #expect(choose(all, .keeping(bytes: 10)) == ["a", "b"])
        #expect(choose(all, .keeping(bytes: 0), usedBefore: 3) == ["a", "b"])
    }

    @Test func `bytes and entries are both freed as far as asked for`() {
        let all = [
            candidate("a", used: 1, entries: 1), candidate("b", used: 2, entries: 5),
            candidate("c", used: 3),
        ]
        #expect(choose(all, .freeing(DiskAmount())) == [])
        #expect(choose(all, .freeing(DiskAmount(bytes: 5))) == ["a"])
        #expect(choose(all, .freeing(DiskAmount(bytes: 5, entries: 3))) == ["a", "b"])
        #expect(choose(all, .freeing(DiskAmount(bytes: 1000))) == ["a", "b", "c"])
    }

    @Test func `what can't be freed is no reason to free more than there is`() {
        let all = [candidate("big", used: 1, bytes: 1000, kept: true), candidate("a", used: 1)]
        #expect(choose(all, .keeping(bytes: 5)) == ["a"])
    }

    @Test func `a chain of 20,000 costs no more than its length`() {
        let all = (0..<20_000).map { number in
            candidate("\(number)", on: number == 0 ? nil : "\(number - 1)", used: 1)
        }
        #expect(choose(all) == all.reversed().map(\.id))
    }

    @Test func `in any forest each goes after what stands on it, and none twice`() {
        for seed in 1...50 {
            var state = UInt64(seed)
            func random(_ limit: Int) -> Int {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Int(state >> 33) % limit
            }
            let all = (0..<200).map { number in
                candidate(
                    "\(number)", on: number > 0 && random(4) > 0 ? "\(random(number))" : nil,
                    used: Int64(random(1000)), milliseconds: Int64(random(10_000)),
                    bytes: Int64(random(1 << 20)), kept: random(40) == 0)
            }
            let chosen = choose(all)
            #expect(Set(chosen).count == chosen.count)
            var gone: Set<String> = []
            for id in chosen {
                let children = all.filter { $0.parent == id }.map(\.id)
                #expect(gone.isSuperset(of: children), "seed \(seed)")
                gone.insert(id)
            }
            // What is left is kept, or something kept stands on it.
            var needed = Set(all.filter(\.isKept).map(\.id))
            while true {
                let more = needed.union(all.filter { needed.contains($0.id) }.compactMap(\.parent))
                if more == needed { break }
                needed = more
            }
            #expect(gone.union(needed).count == all.count && gone.isDisjoint(with: needed), "seed \(seed)")
        }
    }
}

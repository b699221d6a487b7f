import Model
import Testing

@Suite struct GroundRuleTests {
    @Test func `a layer stands on what it hides, and on no more`() {
        #expect(GroundRule.verdict(for: .other, over: .nothing) == .absent)
        #expect(GroundRule.verdict(for: .directory, over: .nothing) == .absent)
        #expect(GroundRule.verdict(for: .opaqueDirectory, over: .nothing) == .absent)
        #expect(GroundRule.verdict(for: .directory, over: .directory) == .entryAndDescend)
        #expect(GroundRule.verdict(for: .opaqueDirectory, over: .directory) == .tree)
        #expect(GroundRule.verdict(for: .other, over: .directory) == .tree)
        #expect(GroundRule.verdict(for: .directory, over: .other) == .entry)
        #expect(GroundRule.verdict(for: .other, over: .other) == .entry)
    }
}

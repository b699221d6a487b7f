import Model
import Testing

@Suite struct `A reach` {
    @Test func `of one scope has no other, and one everywhere has each`() {
        let (own, root) = (Scope(owner: 7), Scope(owner: 0))
        #expect(Reach.scope(own).includes(own) && !Reach.scope(own).includes(root))
        #expect(!Reach.scope(root).includes(own), "root's own scope is one like the others")
        #expect(Reach.everywhere.includes(own) && Reach.everywhere.includes(root))
    }
}

import Model
import Testing

struct CachePolicyTests {
    @Test func `a conjunction with none in it can never hit`() {
        #expect(!CachePolicy.none.mayHit)
        #expect(!CachePolicy.all([.workspace, .all([.none])]).mayHit)
        #expect(CachePolicy.all([.workspace, .forever(environmentKeys: [])]).mayHit)
    }

    @Test func `the shortest life in a conjunction counts`() {
        let day: CachePolicy = .timeToLive(seconds: 86_400, environmentKeys: [])
        #expect(
            CachePolicy.all([day, .all([.timeToLive(seconds: 60, environmentKeys: []), .workspace])])
                .shortestLife == 60)
        #expect(CachePolicy.all([.workspace]).shortestLife == nil)
    }

    @Test func `only env_keys make a policy depend on the client's environment, at any depth`() {
        #expect(
            !CachePolicy.all([.forever(environmentKeys: []), .predicate(value: "x")])
                .dependsOnClientEnvironment)
        #expect(
            CachePolicy.all([.all([.timeToLive(seconds: 1, environmentKeys: ["A"])])])
                .dependsOnClientEnvironment)
    }
}

import Model
import Pipelines
import Testing

@Suite struct `A step of a request for a lease` {
    private func read(_ members: String) throws(Failure) -> LeasedStepReader.Document {
        try LeasedStepReader(defaultImage: "busybox").read(
            "{key: a, cmd: make, \(members)}", workspace: EntryPath(unchecked: Array("workspace".utf8)))
    }

    @Test(arguments: [
        ("forever", CachePolicy.forever(environmentKeys: [])),
        ("{ttl: 2h}", .timeToLive(seconds: 7200, environmentKeys: [])),
        ("{policy: forever, env_keys: [CC], key: k}", .forever(environmentKeys: ["CC"])),
        ("{policy: ttl, duration_seconds: 60}", .timeToLive(seconds: 60, environmentKeys: [])),
        (
            "{policy: compose, sub_policies: [{policy: workspace}, {policy: predicate, value: v}]}",
            .all([.workspace, .predicate(value: "v")])
        ),
    ])
    func `has the cache of either format`(text: String, policy: CachePolicy) throws {
        #expect(try read("cache: \(text)").step.cache == policy)
    }

    @Test func `may be a node of Harmont IR as it is, and is told what is not Varve's to do`() throws {
        let document = try read("label: A, timeout_seconds: 5, runner: x, cache: {policy: none, key: k}")
        #expect(document.step.label == "A" && document.step.clientKey == "k")
        #expect(document.notices.count == 2 && document.notices.allSatisfy { $0.contains("ignored") })
    }

    @Test(arguments: [
        "cache: {policy: always}", "cache: {}", "needs: [b]",
    ])
    func `is refused for what neither format knows`(members: String) {
        #expect(throws: Failure.self) { try read(members) }
    }

    @Test func `says that variables in its cache have no effect without a key made of their values`() throws {
        let document = try read("cache: {policy: forever, env_keys: [CC]}")
        #expect(document.notices.count == 1 && document.notices[0].contains("‘env_keys’ has no effect"))
    }
}

import Model
import Pipelines
import Testing

struct HarmontCacheTests {
    private func policy(_ text: String) throws -> CachePolicy? {
        try Reading.pipeline(Reading.node(#""cache": \#(text)"#))["a"]?.cache
    }

    @Test func `every policy of the IR`() throws {
        #expect(try policy("null") == CachePolicy.none)
        #expect(try policy(#"{"policy": "none"}"#) == CachePolicy.none)
        #expect(try policy(#"{"policy": "forever"}"#) == .forever(environmentKeys: []))
        #expect(
            try policy(#"{"policy": "forever", "env_keys": ["B", "A"], "key": "k"}"#)
                == .forever(environmentKeys: ["B", "A"]))
        #expect(
            try policy(#"{"policy": "ttl", "duration_seconds": 60, "env_keys": ["A"], "key": "k"}"#)
                == .timeToLive(seconds: 60, environmentKeys: ["A"]))
        #expect(
            try policy(#"{"policy": "on_change", "paths": ["src/**/*.c", "./Makefile"]}"#)
                == .onChange(paths: [PathGlob("src/**/*.c"), PathGlob("Makefile")]))
        #expect(try policy(#"{"policy": "predicate", "value": "v"}"#) == .predicate(value: "v"))
        #expect(try policy(#"{"policy": "workspace"}"#) == .workspace)
        #expect(
            try policy(
                #"""
                {"policy": "compose", "sub_policies": [
                  {"policy": "none"}, {"policy": "compose", "sub_policies": [{"policy": "workspace"}]}
                ]}
                """#
            ) == .all([.none, .all([.workspace])]))
    }

    @Test func `a client's own key is kept beside the policy`() throws {
        let pipeline = try Reading.pipeline(
            Reading.node(#""cache": {"policy": "forever", "env_keys": ["A"], "key": "k"}"#))
        #expect(pipeline["a"]?.clientKey == "k")
    }

    @Test func `the key of the whole is that of all its parts`() throws {
        let text =
            #"{"policy": "compose", "key": "k", "sub_policies": [{"policy": "forever", "env_keys": ["A"]}]}"#
        #expect(try policy(text) == .all([.forever(environmentKeys: ["A"])]))
    }

    @Test(arguments: [
        (#"{"policy": "content-hash"}"#, ".policy", "‘content-hash’ is no known cache policy"),
        (#"{"policy": "Forever"}"#, ".policy", "‘Forever’ is no known cache policy"),
        (#"{}"#, "", "a cache policy needs ‘policy’"),
        (#""forever""#, "", "expected a cache policy, found ‘forever’"),
        (#"{"policy": "ttl"}"#, "", "the policy ‘ttl’ needs ‘duration_seconds’"),
        (#"{"policy": "ttl", "duration_seconds": 0}"#, ".duration_seconds", "between 1 and"),
        (#"{"policy": "ttl", "duration_seconds": 9e9}"#, ".duration_seconds", "found ‘9e9’"),
        (#"{"policy": "ttl", "duration_seconds": "24h"}"#, ".duration_seconds", "found ‘24h’"),
        (#"{"policy": "on_change"}"#, "", "the policy ‘on_change’ needs ‘paths’"),
        (#"{"policy": "on_change", "paths": "a"}"#, ".paths", "expected a list of path patterns, found ‘a’"),
        (#"{"policy": "on_change", "paths": ["a", "../b"]}"#, ".paths[1]", "must not contain ‘..’"),
        (#"{"policy": "on_change", "paths": ["/etc"]}"#, ".paths[0]", "relative to the workspace"),
        (#"{"policy": "on_change", "paths": ["[a"]}"#, ".paths[0]", "no closing ‘]’"),
        (#"{"policy": "on_change", "paths": [""]}"#, ".paths[0]", "must not be empty"),
        (
            #"{"policy": "forever", "env_keys": ["A B"]}"#, ".env_keys[0]",
            "no name of an environment variable"
        ),
        (#"{"policy": "predicate"}"#, "", "the policy ‘predicate’ needs ‘value’"),
        (#"{"policy": "compose"}"#, "", "the policy ‘compose’ needs ‘sub_policies’"),
        (
            #"{"policy": "compose", "sub_policies": [{"policy": "forever"}, {"policy": "weekly"}]}"#,
            ".sub_policies[1].policy", "‘weekly’ is no known cache policy"
        ),
    ])
    func `a bad policy is refused at its place, never taken for none`(
        text: String, place: String, sentence: String
    ) throws {
        let failure = try #require(Reading.failure(Reading.node(#""cache": \#(text)"#)))
        #expect(failure.detail.hasPrefix("graph.nodes[0].step.cache\(place) (1:"))
        #expect(failure.detail.contains(sentence))
    }

    @Test(arguments: [
        #"{"policy": "forever", "env_keys": ["A"]}"#,
        #"{"policy": "ttl", "duration_seconds": 9, "env_keys": ["A"], "key": ""}"#,
        #"{"policy": "compose", "sub_policies": [{"policy": "forever", "env_keys": ["A"], "key": "k"}]}"#,
    ])
    func `variables without a key made of their values are said to have no effect`(text: String) throws {
        let pipeline = try Reading.pipeline(Reading.node(#""cache": \#(text)"#))
        #expect(pipeline["a"]?.cache.mayHit == true)
        let said = pipeline.notices.filter { $0.contains("‘env_keys’ has no effect without the ‘key’") }
        #expect(said.count == 1, "\(pipeline.notices)")
    }

    @Test(arguments: [
        #"{"policy": "on_change", "paths": []}"#, #"{"policy": "compose", "sub_policies": []}"#,
    ])
    func `a policy that watches nothing is read with a notice`(text: String) throws {
        let pipeline = try Reading.pipeline(Reading.node(#""cache": \#(text)"#))
        #expect(pipeline["a"]?.cache.mayHit == true)
        #expect(pipeline.notices.count == 1)
        #expect(pipeline.notices.first?.contains("cached for ever") == true)
    }
}

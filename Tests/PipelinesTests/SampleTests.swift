import Model
import Pipelines
import Testing

/// What `harmont` and `hm` render reads as it is meant.
struct SampleTests {
    @Test func `a graph of a cached chain keeps lineage, policies and the root's image`() throws {
        let pipeline = try Reading.sample("graph-deep-cache-chain")
        #expect(pipeline.keys == ["a", "b", "c"])
        #expect(pipeline.notices.isEmpty)
        #expect(pipeline.timeout == nil)
        let a = try #require(pipeline["a"])
        #expect(a.base == .image(try ResourceName("alpine:3.20", kind: "image")))
        #expect(a.command == "echo step-a")
        #expect(a.label == "a")
        #expect(a.cache == .forever(environmentKeys: []))
        #expect(a.clientKey == "95c1afda49e7408f0f27b4f347aa3b32146f8c0becc68cfcdc29dfb46fc52827")
        #expect(a.environment == ["DEBIAN_FRONTEND": "noninteractive", "TERM": "dumb"])
        #expect(pipeline["b"]?.parent == a.key)
        let c = try #require(pipeline["c"])
        #expect(c.parent?.text == "b")
        #expect(c.cache == .none)
        #expect(c.clientKey == nil)
        #expect(c.orderOnly.isEmpty)
    }

    @Test func `the flat form of that chain is the same pipeline`() throws {
        let flat = try Reading.sample("flat-deep-cache-chain")
        let graph = try Reading.sample("graph-deep-cache-chain")
        #expect(flat.keys == graph.keys)
        for (left, right) in zip(flat.steps, graph.steps) {
            var right = right
            // `hm`'s graph form carries its defaults in each node; the flat form leaves them to whoever runs
            // it.
            right.environment = [:]
            #expect(left == right)
        }
    }

    @Test func `a graph with a fork, a barrier and every policy`() throws {
        let pipeline = try Reading.sample("graph-fork-wait-policies")
        #expect(pipeline.timeout == TimeSpan(seconds: 3600))
        #expect(pipeline.keys == ["base", "deps", "tool", "test", "lint", "deploy"])
        #expect(pipeline["base"]?.cache == .timeToLive(seconds: 86_400, environmentKeys: []))
        let composed: CachePolicy = .all([
            .onChange(paths: [try PathGlob("package-lock.json")]),
            .timeToLive(seconds: 21_600, environmentKeys: []),
        ])
        #expect(pipeline["deps"]?.cache == composed)
        #expect(pipeline["tool"]?.cache == .forever(environmentKeys: ["NODE_ENV"]))
        #expect(pipeline["tool"]?.cache.dependsOnClientEnvironment == true)
        let test = try #require(pipeline["test"])
        #expect(test.parent?.text == "tool")
        #expect(test.timeout == TimeSpan(seconds: 600))
        #expect(test.environment["NODE_ENV"] == "test")
        let deploy = try #require(pipeline["deploy"])
        #expect(deploy.base == .image(try ResourceName("alpine:3.20", kind: "image")))
        #expect(deploy.waitsFor == ["base", "deps", "tool", "test", "lint"])
        #expect(deploy.orderOnly.allSatisfy { !$0.evenIfFailed })
        #expect(pipeline.notices.isEmpty)
    }

    @Test func `the flat form with a tolerant barrier`() throws {
        let pipeline = try Reading.sample("flat-fork-wait")
        #expect(pipeline.keys == ["apt", "deps", "test", "lint", "deploy"])
        #expect(pipeline["apt"]?.base == .image(try ResourceName("ubuntu:24.04", kind: "image")))
        #expect(pipeline["test"]?.environment == ["CI": "true", "NODE_ENV": "test"])
        #expect(pipeline["lint"]?.environment == ["CI": "true"])
        #expect(pipeline["lint"]?.parent?.text == "deps")
        let deploy = try #require(pipeline["deploy"])
        #expect(deploy.label == nil)
        #expect(deploy.waitsFor == ["apt", "deps", "test", "lint"])
        #expect(deploy.orderOnly.allSatisfy { $0.evenIfFailed })
        #expect(pipeline.notices.isEmpty)
    }

    @Test func `leading dots of watched paths are dropped`() throws {
        let pipeline = try Reading.sample("graph-js")
        #expect(pipeline["deps"]?.cache == .onChange(paths: [try PathGlob("package-lock.json")]))
        #expect(pipeline.keys == ["apt-base", "install", "deps", "test", "lint", "build"])
        #expect(["test", "lint", "build"].allSatisfy { pipeline[$0]?.parent?.text == "deps" })
    }

    @Test(arguments: [nil, "ci"])
    func `an envelope with one pipeline needs no slug`(slug: String?) throws {
        let pipeline = try Reading.sample("envelope-python", slug: slug)
        #expect(pipeline.keys == ["apt-base", "uv-install", "uv-sync", "test", "lint"])
        #expect(pipeline.timeout == TimeSpan(seconds: 1800))
        #expect(pipeline.notices.isEmpty)
    }

    @Test func `a sample as YAML is the same pipeline`() throws {
        let json = try Reading.sampleText("graph-fork-wait-policies")
        // JSON is YAML where no escapes are involved; a comment in front makes it be read as such.
        #expect(try Reading.pipeline("# as YAML\n" + json) == Reading.pipeline(json))
    }
}

import Model
import Pipelines
import Testing

struct VarveFormatTests {
    private static let whole = """
        version: 1
        image: debian:bookworm          # for steps without a parent
        env: {CI: "true", LEVEL: 1}
        steps:
          - key: base
            run: apt-get update && apt-get install -y nodejs npm
            cache: forever
          - key: lint
            image: alpine:3.20
            run: |
              set -e
              npx eslint .
          - key: deps
            from: base
            run: npm ci
            cache: {on_change: [package.json, ./package-lock.json]}
          - key: test
            from: deps
            after: [lint]
            run: npm test
            env: {NODE_ENV: test, LEVEL: 2}
            pass_env: [NPM_TOKEN]
            user: "1000"
            timeout: 10m
            workspace: read-only
            network: host
            limits: {memory: 2GiB, cpus: 1.5, pids: 512, disk: 10GiB, log: 1048576}
            outputs: [coverage/]
        """

    @Test func `every member of the format`() throws {
        let pipeline = try Reading.pipeline(Self.whole)
        #expect(pipeline.keys == ["base", "lint", "deps", "test"])
        #expect(pipeline.notices.isEmpty)
        #expect(pipeline.timeout == nil)
        let base = try #require(pipeline["base"])
        #expect(base.base == .image(try ResourceName("debian:bookworm", kind: "image")))
        #expect(base.environment == ["CI": "true", "LEVEL": "1"])
        #expect(base.cache == .forever(environmentKeys: []))
        #expect(base.label == nil)
        let lint = try #require(pipeline["lint"])
        #expect(lint.base == .image(try ResourceName("alpine:3.20", kind: "image")))
        #expect(lint.command == "set -e\nnpx eslint .\n")
        #expect(
            pipeline["deps"]?.cache
                == .onChange(paths: [try PathGlob("package.json"), try PathGlob("package-lock.json")]))
        let test = try #require(pipeline["test"])
        #expect(test.base == .step(try #require(StepKey("deps"))))
        #expect(test.orderOnly == [.init(key: lint.key)])
        #expect(test.environment == ["CI": "true", "LEVEL": "2", "NODE_ENV": "test"])
        #expect(test.passEnvironment == ["NPM_TOKEN"])
        #expect(test.user == "1000")
        #expect(test.timeout == TimeSpan(seconds: 600))
        #expect(test.workspace == .readOnly)
        #expect(test.network == .host)
        #expect(test.limits.memory == ByteSize(bytes: 2 << 30))
        #expect(test.limits.milliCPUs == 1500)
        #expect(test.limits.processes == 512)
        #expect(test.limits.disk == ByteSize(bytes: 10 << 30))
        #expect(test.limits.log == ByteSize(bytes: 1 << 20))
        #expect(test.outputs == [try PathGlob("coverage")])
    }

    @Test func `what is left out has its default`() throws {
        let step = try #require(try Reading.pipeline(Reading.step())["a"])
        #expect(
            step
                == StepSpecification(
                    key: step.key, base: .image(try ResourceName("configured:1", kind: "image")),
                    command: "echo a"))
        #expect(step.cache == .none)
        #expect(step.workspace == .readWrite)
        #expect(step.network == .private)
    }

    @Test func `lists and mappings may be left empty`() throws {
        let step = try Reading.pipeline(
            Reading.step("env:", "after:", "pass_env: []", "limits: {}", "outputs:"))["a"]
        #expect(step?.environment == [:])
        #expect(step?.outputs == [])
    }

    @Test(arguments: [
        ("none", CachePolicy.none), ("forever", .forever(environmentKeys: [])), ("workspace", .workspace),
        ("{ttl: 1h30m}", .timeToLive(seconds: 5400, environmentKeys: [])),
        ("{ttl: 1000ms}", .timeToLive(seconds: 1, environmentKeys: [])),
        (
            "{all: [forever, {ttl: 24h}, {all: [workspace]}]}",
            .all([
                .forever(environmentKeys: []), .timeToLive(seconds: 86_400, environmentKeys: []),
                .all([.workspace]),
            ])
        ),
        ("{all: [none]}", .all([.none])),
    ])
    func `cache policies`(text: String, expected: CachePolicy) throws {
        #expect(try Reading.pipeline(Reading.step("cache: \(text)"))["a"]?.cache == expected)
    }

    @Test func `the same as JSON`() throws {
        let json = #"""
            {"version": 1, "image": "debian:bookworm", "env": {"CI": true}, "steps": [
              {"key": "a", "run": "echo \"\/\" \ud83d\ude00",
               "cache": {"all": ["forever", {"ttl": "24h"}]}, "limits": {"cpus": 0.5, "pids": 10}},
              {"key": "b", "from": "a", "run": "true"}
            ]}
            """#
        let pipeline = try Reading.pipeline(json)
        #expect(pipeline["a"]?.command == "echo \"/\" 😀")
        #expect(pipeline["a"]?.environment == ["CI": "true"])
        #expect(pipeline["a"]?.limits.milliCPUs == 500)
        #expect(pipeline["b"]?.parent?.text == "a")
    }

    @Test func `YAML in flow style is read although it begins like JSON`() throws {
        #expect(try Reading.pipeline("{version: 1, steps: [{key: a, run: 'true'}]}").keys == ["a"])
    }

    @Test func `steps come after those they wait for, else in the document's order`() throws {
        let text = """
            version: 1
            steps:
              - {key: d, run: x, after: [c]}
              - {key: b, run: x}
              - {key: c, run: x, from: a}
              - {key: a, run: x}
              - {key: e, run: x}
            """
        #expect(try Reading.pipeline(text).keys == ["b", "a", "c", "d", "e"])
    }

    @Test func `a step named in after twice, or in from as well, is waited for once`() throws {
        let text =
            "version: 1\nsteps: [{key: a, run: x}, {key: b, run: x}, "
            + "{key: c, run: x, from: a, after: [b, b, a]}]"
        #expect(try Reading.pipeline(text)["c"]?.waitsFor == ["b"])
    }
}

import Model
import Pipelines
import Testing

/// Each mistake is refused at its place, with a remedy.
struct VarveErrorTests {
    @Test(arguments: [
        ("colour: red", "steps[0].colour (5:5): a step has no field ‘colour’", "use one of ‘key’"),
        ("imge: alpine", "steps[0].imge (5:5): a step has no field ‘imge’", "did you mean ‘image’?"),
        ("cmd: make", "steps[0].cmd (5:5): a step has no field ‘cmd’", "did you mean ‘run’?"),
        (
            "depends_on: [b]", "steps[0].depends_on (5:5): a step has no field ‘depends_on’",
            "did you mean ‘after’?"
        ),
        ("Cache: forever", "steps[0].Cache (5:5): a step has no field ‘Cache’", "did you mean ‘cache’?"),
        (
            "pass-env: [A]", "steps[0].pass-env (5:5): a step has no field ‘pass-env’",
            "did you mean ‘pass_env’?"
        ),
        ("<<: {a: b}", #"steps[0]["<<"] (5:5): a step has no field ‘<<’"#, "use one of"),
        ("cache:", "steps[0].cache (5:5): ‘cache’ has no value", "give it one"),
        ("from: ~", "steps[0].from (5:5): ‘from’ has no value", "remove the field"),
        ("cache: always", "steps[0].cache (5:12): ‘always’ is no known cache policy", "forever"),
        ("cache: [forever]", "steps[0].cache (5:12): a list is no known cache policy", "forever"),
        ("cache: {}", "steps[0].cache (5:12): a mapping is no known cache policy", "ttl"),
        ("cache: {ttl: 24}", "steps[0].cache.ttl (5:18): ‘24’ is no duration", "1h30m"),
        ("cache: {ttl: 1:20}", "steps[0].cache.ttl (5:18): ‘1:20’ is no duration", "1h30m"),
        ("cache: {ttl: 0s}", "steps[0].cache.ttl (5:18): a duration of ‘0s’ has no meaning here", "longer"),
        ("cache: {ttl: 999ms}", "steps[0].cache.ttl (5:18): with a ttl of ‘999ms’ nothing is ever", "1s"),
        (
            "cache: {all: [{ttl: 500ms}]}", "steps[0].cache.all[0].ttl (5:25): with a ttl of ‘500ms’",
            "longer"
        ),
        ("cache: {ttl: 24h, on_change: [a]}", "steps[0].cache (5:12): a cache policy has one of", "all"),
        (
            "cache: {on_change: a}",
            "steps[0].cache.on_change (5:24): expected a list of path patterns, found ‘a’", "list"
        ),
        ("cache: {on_change: []}", "steps[0].cache.on_change (5:24): ‘on_change’ has no paths", "forever"),
        (
            "cache: {on_change: [a, ../b]}",
            "steps[0].cache.on_change[1] (5:28): ‘../b’: a path pattern must not contain ‘..’", "relative"
        ),
        ("cache: {all: []}", "steps[0].cache.all (5:18): ‘all’ has no cache policies", "forever"),
        (
            "cache: {all: [forever, weekly]}",
            "steps[0].cache.all[1] (5:28): ‘weekly’ is no known cache policy", "ttl"
        ),
        (
            "cache: {forever: true}", "steps[0].cache.forever (5:13): a cache policy has no field ‘forever’",
            "ttl"
        ),
        (
            "cache: {compose: []}", "steps[0].cache.compose (5:13): a cache policy has no field ‘compose’",
            "did you mean ‘all’?"
        ),
        ("from: b", "steps[0].from (5:11): there is no step ‘b’", "name the key"),
        ("from: a", "steps[0].key (3:10): steps wait for each other: ‘a’ waits for ‘a’", "remove one"),
        ("from: [a, b]", "steps[0].from (5:11): a step builds in one step, not in a list of 2", "after"),
        ("after: a", "steps[0].after (5:12): expected a list of step keys, found ‘a’", "[a, b]"),
        ("after: [b]", "steps[0].after[0] (5:13): there is no step ‘b’", "name the key"),
        (
            "env: [A=b]", "steps[0].env (5:10): expected a mapping of environment variables, found a list",
            "mapping"
        ),
        ("env: {A: }", "steps[0].env.A (5:14): the environment variable ‘A’ has no value", "empty"),
        (
            "env: {A: [b]}", "steps[0].env.A (5:14): expected an environment variable's value, found a list",
            "text"
        ),
        (
            "env: {'A B': c}", #"steps[0].env["A B"] (5:18): ‘A B’ is no name of an environment variable"#,
            "letters"
        ),
        ("env: {'': c}", #"steps[0].env[""] (5:15): ‘’ is no name of an environment variable"#, "letters"),
        (
            "pass_env: [A=b]", "steps[0].pass_env[0] (5:16): ‘A=b’ is no name of an environment variable",
            "letters"
        ),
        ("user: 'a b'", "steps[0].user (5:11): ‘a b’ is no user", "number"),
        ("user: 'a:'", "steps[0].user (5:11): ‘a:’ is no user", "number"),
        ("timeout: 10", "steps[0].timeout (5:14): ‘10’ is no duration", "90s"),
        ("timeout: 10 m", "steps[0].timeout (5:14): ‘10 m’ is no duration", "90s"),
        ("timeout: 0s", "steps[0].timeout (5:14): a duration of ‘0s’ has no meaning here", "longer"),
        (
            "workspace: rw", "steps[0].workspace (5:16): ‘rw’ is no workspace mode",
            "‘read-write’, ‘read-only’, ‘none’"
        ),
        (
            "network: bridge", "steps[0].network (5:14): ‘bridge’ is no network mode",
            "‘private’, ‘host’, ‘none’"
        ),
        ("limits: {memory: 2G}", "steps[0].limits.memory (5:22): ‘2G’ is no size", "GiB"),
        ("limits: {memory: 0}", "steps[0].limits.memory (5:22): ‘0’ is no size", "GiB"),
        ("limits: {memory: 1KiB}", "steps[0].limits.memory (5:22): ‘1KiB’ of memory is too little", "4MiB"),
        ("limits: {memory: 4194303}", "steps[0].limits.memory (5:22): ‘4194303’ of memory", "4MiB"),
        ("limits: {cpus: 0}", "steps[0].limits.cpus (5:20): ‘0’ is no number of processors", "0.5"),
        ("limits: {cpus: 1.2345}", "steps[0].limits.cpus (5:20): ‘1.2345’ is no number of processors", "0.5"),
        ("limits: {cpus: -1}", "steps[0].limits.cpus (5:20): ‘-1’ is no number of processors", "0.5"),
        ("limits: {cpus: .5}", "steps[0].limits.cpus (5:20): ‘.5’ is no number of processors", "0.5"),
        (
            "limits: {pids: 0}",
            "steps[0].limits.pids (5:20): a number of processes is between 1 and 4194304, not 0", "range"
        ),
        (
            "limits: {pids: 0123}",
            "steps[0].limits.pids (5:20): expected a number of processes, found ‘0123’", "decimal"
        ),
        (
            "limits: {pids: 0x10}",
            "steps[0].limits.pids (5:20): expected a number of processes, found ‘0x10’", "decimal"
        ),
        (
            "limits: {processes: 4}", "steps[0].limits.processes (5:14): the limits has no field ‘processes’",
            "did you mean ‘pids’?"
        ),
        ("limits: 2GiB", "steps[0].limits (5:13): expected limits, found ‘2GiB’", "mapping"),
        (
            "outputs: [../a]", "steps[0].outputs[0] (5:15): ‘../a’: a path pattern must not contain ‘..’",
            "relative"
        ),
        (
            "outputs: ['[[:alpha:]]']", "steps[0].outputs[0] (5:15): ‘[[:alpha:]]’: ‘[:…:]’ is not supported",
            "relative"
        ),
        ("image: Ubuntu 24", "steps[0].image (5:12): ‘Ubuntu 24’ is no valid image name", "characters"),
    ])
    func `a bad field of a step`(line: String, detail: String, fix: String) throws {
        let failure = try #require(Reading.failure(Reading.step(line)))
        #expect(failure.detail.hasPrefix(detail))
        #expect(failure.fix.contains(fix))
    }

    @Test func `image and from at once`() {
        let failure = Reading.failure(
            "version: 1\nsteps: [{key: a, run: x}, {key: b, run: x, from: a, image: c}]")
        #expect(
            failure?.detail.hasPrefix("steps[1].image (2:60): a step has either ‘image’ or ‘from’") == true)
    }

    @Test func `a misspelt parent: the nearest key is named`() {
        let failure = Reading.failure(
            "version: 1\nsteps: [{key: build, run: x}, {key: test, run: x, from: biuld}]")
        #expect(failure?.detail == "steps[1].from (2:57): there is no step ‘biuld’")
        #expect(failure?.fix.hasPrefix("did you mean ‘build’?") == true)
    }

    @Test func `a cycle names its steps in order`() {
        let failure = Reading.failure(
            """
            version: 1
            steps:
              - {key: x, run: x, after: [a]}
              - {key: a, run: x, from: c}
              - {key: b, run: x, from: a}
              - {key: c, run: x, after: [b]}
            """)
        #expect(
            failure?.detail
                == "steps[1].key (4:11): steps wait for each other: "
                + "‘a’ waits for ‘c’ waits for ‘b’ waits for ‘a’"
        )
    }

    @Test(arguments: [
        ("steps: []", "(1:1): the document has neither ‘version’ nor ‘schema_version’"),
        ("version: 2", "version (1:10): ‘2’ is no known version"),
        ("version: 1.0", "version (1:10): ‘1.0’ is no known version"),
        ("version: [1]", "version (1:10): expected a version, found a list"),
        ("version: 1", "(1:1): a pipeline needs ‘steps’"),
        ("version: 1\nsteps:", "steps (2:1): ‘steps’ has no value"),
        ("version: 1\nsteps: []", "steps (2:8): the pipeline has no steps"),
        ("version: 1\nsteps: {a: b}", "steps (2:8): expected a list of steps, found a mapping"),
        ("version: 1\nsteps: [a]", "steps[0] (2:9): expected a step, found ‘a’"),
        ("version: 1\nsteps: [{run: x}]", "steps[0] (2:9): a step needs ‘key’"),
        ("version: 1\nsteps: [{key: a}]", "steps[0] (2:9): a step needs ‘run’"),
        ("version: 1\nsteps: [{key: a, run: ' '}]", "steps[0].run (2:23): the command is empty"),
        ("version: 1\nsteps: [{key: a/b, run: x}]", "steps[0].key (2:15): ‘a/b’ is no step key"),
        (
            "version: 1\nsteps: [{key: a, run: x}, {key: a, run: y}]",
            "steps[1].key (2:33): the key ‘a’ is taken by steps[0].key (2:15)"
        ),
        (
            "version: 1\ndefault_image: a\nsteps: [{key: a, run: x}]",
            "default_image (2:1): a pipeline has no field ‘default_image’"
        ),
        ("version: 1\nimage: 'a b'\nsteps: [{key: a, run: x}]", "image (2:8): ‘a b’ is no valid image name"),
        ("- version: 1", "(1:1): expected a pipeline, found a list"),
        ("just text", "(1:1): expected a pipeline, found ‘just text’"),
    ])
    func `a bad document`(text: String, detail: String) throws {
        let failure = try #require(Reading.failure(text))
        #expect(failure.detail == detail || failure.detail.hasPrefix(detail + "; "))
    }

    @Test(arguments: [(500, "value"), (20, String(repeating: "v", count: 4000))])
    func `a short document whose variables multiply`(count: Int, value: String) {
        let variables = (0..<count).map { "v\($0): \(value)" }.joined(separator: ", ")
        let steps = (0..<600).map { "{key: s\($0), run: x, env: {own: x}}" }.joined(separator: ", ")
        let failure = Reading.failure("{version: 1, env: {\(variables)}, steps: [\(steps)]}")
        #expect(failure?.detail.contains("the pipeline's environments come to") == true)
    }

    @Test func `more steps than are taken`() {
        let steps = (0...10_000).map { "{key: s\($0), run: x}" }
        let failure = Reading.failure("{version: 1, steps: [\(steps.joined(separator: ", "))]}")
        #expect(failure?.detail == "steps (1:21): the pipeline has 10001 steps; at most 10000 are taken")
    }
}

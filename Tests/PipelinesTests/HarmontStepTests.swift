import Model
import Pipelines
import Testing

struct HarmontStepTests {
    @Test(arguments: ["secrets", "action", "eval"])
    func `what Varve cannot honour is refused by name, wherever it stands`(name: String) throws {
        let member = #""\#(name)": {"type": "cmd"}"#
        let documents = [
            (Reading.node(member), "graph.nodes[0].step.\(name)"),
            (Reading.node(node: member), "graph.nodes[0].\(name)"),
            (Reading.node().replacing(#""edges""#, with: "\(member), \"edges\""), "graph.\(name)"),
            (Reading.node().replacing(#""graph""#, with: "\(member), \"graph\""), name),
            (
                Reading.flat(#"{"type": "command", "key": "a", "cmd": "true", \#(member)}"#),
                "steps[0].\(name)"
            ),
            (Reading.node(#""cache": {"policy": "none", \#(member)}"#), "graph.nodes[0].step.cache.\(name)"),
        ]
        for (text, place) in documents {
            let failure = try #require(Reading.failure(text))
            #expect(failure.detail.hasPrefix("\(place) (1:"))
            #expect(failure.detail.hasSuffix("‘\(name)’ is not supported"))
        }
    }

    @Test func `a refused name without a value changes nothing`() throws {
        #expect(try Reading.pipeline(Reading.node(#""secrets": null"#)).notices == [])
    }

    @Test func `eval in place of cmd is what is named`() {
        let failure = Reading.failure(Reading.node(#""eval": {"type": "cmd", "cmd": "true"}"#, cmd: ""))
        #expect(failure?.detail.contains("‘eval’ is not supported") == true)
    }

    @Test(arguments: [
        (#"{"step": {"key": "a"}}"#, "graph.nodes[0].step", "a step needs ‘cmd’"),
        (#"{"step": {"key": "a", "cmd": null}}"#, "graph.nodes[0].step", "a step needs ‘cmd’"),
        (#"{"step": {"cmd": "true"}}"#, "graph.nodes[0].step", "a step needs ‘key’"),
        (#"{"env": {}}"#, "graph.nodes[0]", "a node needs ‘step’"),
        (#"{"step": []}"#, "graph.nodes[0].step", "expected a step, found a list"),
        (#"{"step": {"key": "a/b", "cmd": "true"}}"#, "graph.nodes[0].step.key", "‘a/b’ is no step key"),
        (#"{"step": {"key": "", "cmd": "true"}}"#, "graph.nodes[0].step.key", "‘’ is no step key"),
        (
            #"{"step": {"key": "a\u001b", "cmd": "true"}}"#, "graph.nodes[0].step.key",
            #"‘a\x1b’ is no step key"#
        ),
        (
            #"{"step": {"key": "a", "cmd": ["true"]}}"#, "graph.nodes[0].step.cmd",
            "expected a command, found a list"
        ),
        (#"{"step": {"key": "a", "cmd": "a\u0000b"}}"#, "graph.nodes[0].step.cmd", "NUL"),
        (
            #"{"step": {"key": "a", "cmd": "true", "timeout_seconds": 0}}"#,
            "graph.nodes[0].step.timeout_seconds", "between 1 and"
        ),
        (
            #"{"step": {"key": "a", "cmd": "true", "timeout_seconds": 99999999999999999999}}"#,
            "graph.nodes[0].step.timeout_seconds", "between 1 and"
        ),
        (
            #"{"step": {"key": "a", "cmd": "true", "timeout_seconds": "60"}}"#,
            "graph.nodes[0].step.timeout_seconds", "expected a number of seconds, found ‘60’"
        ),
        (
            #"{"step": {"key": "a", "cmd": "true", "timeout_seconds": 1.5}}"#,
            "graph.nodes[0].step.timeout_seconds", "found ‘1.5’"
        ),
        (
            #"{"step": {"key": "a", "cmd": "true", "image": "a b"}}"#, "graph.nodes[0].step.image",
            "‘a b’ is no valid image name"
        ),
        (
            #"{"step": {"key": "a", "cmd": "true"}, "env": {"A=B": ""}}"#, #"graph.nodes[0].env["A=B"]"#,
            "no name of an environment variable"
        ),
        (
            #"{"step": {"key": "a", "cmd": "true"}, "env": {"A": null}}"#, "graph.nodes[0].env.A",
            "has no value"
        ),
        (#"{"step": {"key": "a", "cmd": "true"}, "env": {"A": []}}"#, "graph.nodes[0].env.A", "found a list"),
        (#"{"step": {"key": "a", "cmd": "true"}, "env": []}"#, "graph.nodes[0].env", "found a list"),
    ])
    func `a bad step is refused at its place`(node: String, place: String, sentence: String) throws {
        let failure = try #require(
            Reading.failure(#"{"version": "0", "graph": {"nodes": [\#(node)], "edges": []}}"#))
        #expect(failure.detail.hasPrefix("\(place) (1:"))
        #expect(failure.detail.contains(sentence))
    }

    @Test func `a key that is taken is refused at the second step`() {
        let step = #"{"type": "command", "key": "a", "cmd": "true"}"#
        let failure = Reading.failure(Reading.flat(step, step))
        #expect(failure?.detail == "steps[1].key (1:103): the key ‘a’ is taken by steps[0].key (1:55)")
    }

    @Test func `a command longer than Linux takes is refused`() {
        let longest = String(repeating: "x", count: 131_071)
        #expect(throws: Never.self) { try Reading.pipeline(Reading.node(cmd: #""cmd": "\#(longest)""#)) }
        let failure = Reading.failure(Reading.node(cmd: #""cmd": "\#(longest)x""#))
        #expect(failure?.detail.contains("131072 bytes") == true)
    }

    @Test func `a runner and unknown members are ignored with one notice each`() throws {
        let steps = (0..<3).map { index in
            #"{"type": "command", "key": "s\#(index)", "cmd": "true", "#
                + #""runner": "vm", "runner_args": {"a": 1}, "color": "red"}"#
        }
        let pipeline = try Reading.pipeline(Reading.flat(steps[0], steps[1], steps[2]))
        #expect(
            pipeline.notices == [
                "steps[0] and 2 more places: ‘color’ in a step is not used by Varve and ignored",
                "steps[0].runner and 2 more places: ‘runner’ is ignored: Varve runs every step itself",
            ])
    }

    @Test func `numbers and booleans as environment values keep their spelling`() throws {
        let pipeline = try Reading.pipeline(Reading.node(node: #""env": {"A": 1.50, "B": true, "C": 1e3}"#))
        #expect(pipeline["a"]?.environment == ["A": "1.50", "B": "true", "C": "1e3"])
    }

    @Test func `control characters of a label become spaces`() throws {
        let pipeline = try Reading.pipeline(Reading.node(#""label": "a\u001b[31m\nb""#))
        #expect(pipeline["a"]?.label == "a [31m b")
    }
}

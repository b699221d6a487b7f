import Model
import Pipelines
import Testing

struct HarmontGraphTests {
    private func graph(nodes: Int, edges: String, more: String = "") -> String {
        let list = (0..<nodes).map { #"{"step": {"key": "s\#($0)", "cmd": "true"}, "env": {}}"# }
            .joined(separator: ", ")
        return
            #"{"version": "0", "graph": {"nodes": [\#(list)], \#(more)"edges": [\#(edges)]}}"#
    }

    @Test func `a root without an image takes the document's default, else the configured one`() throws {
        let text = Reading.node()
        let configured = try Reading.pipeline(text, defaultImage: "debian:12")
        #expect(configured["a"]?.base == .image(try ResourceName("debian:12", kind: "image")))
        let declared = text.replacing(
            #""version": "0""#, with: #""version": "0", "default_image": "alpine:3""#)
        #expect(try Reading.pipeline(declared)["a"]?.base == .image(ResourceName("alpine:3", kind: "image")))
        let own = Reading.node(#""image": "busybox""#).replacing(
            #""version": "0""#, with: #""version": "0", "default_image": "alpine:3""#)
        #expect(try Reading.pipeline(own)["a"]?.base == .image(ResourceName("busybox", kind: "image")))
    }

    @Test func `a bad configured image is no fault of the document`() {
        let failure = #expect(throws: Failure.self) {
            try Reading.pipeline(Reading.node(), defaultImage: "not an image")
        }
        #expect(failure?.code == .badName)
    }

    @Test(arguments: [
        (#""env": {"A": "node"}"#, ["A": "node"]), (#""env": {}"#, [:]), (#""env": null"#, ["A": "step"]),
        ("", ["A": "step"]),
    ])
    func `a node's environment replaces its step's, which counts only without it`(
        node: String, expected: [String: String]
    ) throws {
        let pipeline = try Reading.pipeline(Reading.node(#""env": {"A": "step"}"#, node: node))
        #expect(pipeline["a"]?.environment == expected)
    }

    @Test func `an environment beside a graph is ignored with a notice`() throws {
        let text = Reading.node().replacing(#""version": "0""#, with: #""version": "0", "env": {"A": "1"}"#)
        let pipeline = try Reading.pipeline(text)
        #expect(pipeline["a"]?.environment == [:])
        #expect(pipeline.notices.count == 1)
        #expect(pipeline.notices.first?.contains("‘env’ beside a graph") == true)
    }

    @Test func `two parents to build in are refused at the second edge`() {
        let failure = Reading.failure(graph(nodes: 3, edges: #"[0, 2, "builds_in"], [1, 2, "builds_in"]"#))
        #expect(failure?.detail.hasPrefix("graph.edges[1] (1:") == true)
        #expect(failure?.detail.contains("builds in ‘s1’ and, by graph.edges[0], in ‘s0’") == true)
    }

    @Test func `the same edge twice, and an edge of both kinds, count once`() throws {
        let edges =
            #"[0, 1, "builds_in"], [0, 1, "builds_in"], [0, 1, "depends_on"], null, "#
            + #"[0, 2, "depends_on"], [0, 2, "depends_on"]"#
        let pipeline = try Reading.pipeline(graph(nodes: 3, edges: edges))
        #expect(pipeline["s1"]?.parent?.text == "s0")
        #expect(pipeline["s1"]?.orderOnly.isEmpty == true)
        #expect(pipeline["s2"]?.waitsFor == ["s0"])
    }

    @Test func `indices count the holes`() throws {
        let pipeline = try Reading.pipeline(
            graph(nodes: 2, edges: #"[0, 3, "builds_in"]"#, more: #""node_holes": [1, 2], "#))
        #expect(pipeline["s1"]?.parent?.text == "s0")
        let failure = Reading.failure(
            graph(nodes: 2, edges: #"[0, 1, "builds_in"]"#, more: #""node_holes": [1], "#))
        #expect(failure?.detail.contains("there is no node 1") == true)
    }

    @Test(arguments: [
        (#"[0, 2, "builds_in"]"#, "graph.edges[0][1]", "there is no node 2"),
        (#"[0, -1, "builds_in"]"#, "graph.edges[0][1]", "expected a node index, found ‘-1’"),
        (#"[0, 1.0, "builds_in"]"#, "graph.edges[0][1]", "expected a node index, found ‘1.0’"),
        (#"[0, "1", "builds_in"]"#, "graph.edges[0][1]", "expected a node index, found ‘1’"),
        (#"[0, 1]"#, "graph.edges[0]", "an edge has 3 elements, not 2"),
        (#"[0, 1, "needs"]"#, "graph.edges[0][2]", "‘needs’ is no kind of edge"),
        (#"{"from": 0}"#, "graph.edges[0]", "expected an edge [parent, child, kind], found a mapping"),
        (
            #"[0, 1, "builds_in"], [1, 0, "depends_on"]"#, "graph.nodes[0].step.key",
            "steps wait for each other: ‘s0’ waits for ‘s1’ waits for ‘s0’"
        ),
        (#"[1, 1, "depends_on"]"#, "graph.nodes[1].step.key", "‘s1’ waits for ‘s1’"),
    ])
    func `a bad edge is refused at its place`(edge: String, place: String, sentence: String) throws {
        let failure = try #require(Reading.failure(graph(nodes: 2, edges: edge)))
        #expect(failure.detail.hasPrefix("\(place) (1:"))
        #expect(failure.detail.contains(sentence))
    }

    @Test func `an undirected graph is refused`() {
        let failure = Reading.failure(graph(nodes: 1, edges: "", more: #""edge_property": "undirected", "#))
        #expect(failure?.detail.hasPrefix("graph.edge_property (1:") == true)
    }

    @Test func `an image on a step that builds in another is ignored with a notice`() throws {
        let text = #"""
            {"version": "0", "graph": {"nodes": [
              {"step": {"key": "a", "cmd": "true"}},
              {"step": {"key": "b", "cmd": "true", "image": "alpine:3"}}
            ], "edges": [[0, 1, "builds_in"]]}}
            """#
        let pipeline = try Reading.pipeline(text)
        #expect(pipeline["b"]?.base == .step(try #require(StepKey("a"))))
        #expect(
            pipeline.notices == [
                "graph.nodes[1].step.image: ‘image’ is ignored: the step builds in another one"
            ])
    }
}

import Model

/// The graph form: nodes, and edges `[parent, child, "builds_in" | "depends_on"]` between their indices.
struct HarmontGraph {
    private let graph: DocumentCursor
    private let rootImage: ResourceName

    init(_ graph: DocumentCursor, rootImage: ResourceName) {
        self.graph = graph
        self.rootImage = rootImage
    }

    func pipeline(_ begun: PipelineAssembly) throws(Failure) -> Pipeline {
        var assembly = begun
        let members = try graph.mapping("a graph")
        let known: Set = ["nodes", "node_holes", "edge_property", "edges"]
        try HarmontMembers.check(members, known: known, what: "a graph", &assembly.notices)
        if let property = members["edge_property"], try property.text("an edge property") != "directed" {
            throw property.failure("\(property.found) edges are not supported", fix: "write ‘directed’ edges")
        }
        let list = try members.required("nodes", of: "a graph")
        let nodes = try list.elements("a list of nodes")
        try PipelineAssembly.checkCount(nodes, of: list)
        for node in nodes { try assembly.add(try draft(of: node, &assembly.notices), at: node) }
        let positions = try positions(count: nodes.count, holes: members["node_holes"])
        var children = Children(count: nodes.count)
        if let edges = members["edges"] {
            try read(edges, positions, into: &children, drafts: assembly.drafts)
        }
        try stack(children, &assembly)
        return try assembly.pipeline(steps: list)
    }

    private func draft(of node: DocumentCursor, _ notices: inout NoticeBoard) throws(Failure) -> StepDraft {
        let members = try node.mapping("a node with ‘step’ and ‘env’")
        try HarmontMembers.check(members, known: ["step", "env"], what: "a node", &notices)
        let step = try members.required("step", of: "a node").mapping("a step")
        var draft = try HarmontStep(step).draft(rootImage: rootImage, &notices)
        // A node's own map is complete already: pipeline and step, merged by whoever rendered it.
        let environment = members["env"] ?? step["env"]
        draft.specification.environment = try environment?.environment() ?? [:]
        return draft
    }

    /// Where in `nodes` the node with each index is: the list leaves holes out, but indices count them.
    private func positions(count: Int, holes: DocumentCursor?) throws(Failure) -> [Int64: Int] {
        var missing: Set<Int64> = []
        for hole in try holes?.elements("a list of node indices") ?? [] {
            missing.insert(try hole.integer("a node index", in: 0...1_000_000))
        }
        let indices = (0...).lazy.map(Int64.init).filter { !missing.contains($0) }
        return Dictionary(uniqueKeysWithValues: zip(indices, 0..<count))
    }

    /// What the edges say about each node.
    private struct Children {
        var buildsIn: [(parent: Int, edge: DocumentCursor)?]
        var dependsOn: [[Int]]

        init(count: Int) {
            buildsIn = Array(repeating: nil, count: count)
            dependsOn = Array(repeating: [], count: count)
        }
    }

    private func read(
        _ edges: DocumentCursor, _ positions: [Int64: Int], into children: inout Children, drafts: [StepDraft]
    ) throws(Failure) {
        // An edge that was removed from the graph is null.
        for edge in try edges.elements("a list of edges") where !edge.isNull {
            let parts = try edge.elements("an edge [parent, child, kind]")
            guard parts.count == 3 else {
                throw edge.failure(
                    "an edge has 3 elements, not \(parts.count)", fix: "write [parent, child, kind]")
            }
            let parent = try node(parts[0], positions)
            let child = try node(parts[1], positions)
            switch try parts[2].text("an edge's kind") {
            case "builds_in":
                if let other = children.buildsIn[child], other.parent != parent {
                    let keys = [child, parent, other.parent].map { drafts[$0].specification.key }
                    throw edge.failure(
                        "‘\(keys[0])’ builds in ‘\(keys[1])’ and, by \(other.edge.path), in ‘\(keys[2])’",
                        fix: "keep one ‘builds_in’ edge to each step, and make the others ‘depends_on’")
                }
                children.buildsIn[child] = (parent, edge)
            case "depends_on":
                children.dependsOn[child].append(parent)
            default:
                throw parts[2].failure(
                    "\(parts[2].found) is no kind of edge", fix: "write ‘builds_in’ or ‘depends_on’")
            }
        }
    }

    private func node(_ cursor: DocumentCursor, _ positions: [Int64: Int]) throws(Failure) -> Int {
        let index = try cursor.integer("a node index", in: 0...Int64(Int32.max))
        guard let position = positions[index] else {
            throw cursor.failure(
                "there is no node \(index)", fix: "name one of the \(positions.count) nodes, from 0")
        }
        return position
    }

    private func stack(_ children: Children, _ assembly: inout PipelineAssembly) throws(Failure) {
        let keys = assembly.drafts.map(\.specification.key)
        for child in assembly.drafts.indices {
            var waitsFor: Set<Int> = []
            if let (parent, _) = children.buildsIn[child] {
                HarmontStep.stack(&assembly.drafts[child], on: keys[parent], &assembly.notices)
                waitsFor.insert(parent)
            }
            for parent in children.dependsOn[child] where waitsFor.insert(parent).inserted {
                assembly.drafts[child].specification.orderOnly.append(.init(key: keys[parent]))
            }
        }
    }
}

import Model

/// One pipeline of Harmont IR, version "0", in its graph form or its flat form.
struct HarmontDefinition {
    private let root: DocumentMapping

    init(_ root: DocumentMapping) {
        self.root = root
    }

    /// - Parameter defaultImage: for roots without an image, where the document has no `default_image`.
    func pipeline(defaultImage: String, notices: NoticeBoard) throws(Failure) -> Pipeline {
        var assembly = PipelineAssembly(notices: notices)
        let known: Set = ["version", "default_image", "timeout_seconds", "env", "graph", "steps"]
        try HarmontMembers.check(root, known: known, what: "a pipeline", &assembly.notices)
        assembly.timeout = try root["timeout_seconds"]?.seconds()
        let image = try root.image("default_image", default: defaultImage)
        switch (root["graph"], root["steps"]) {
        case (let graph?, nil):
            if root["env"] != nil {
                assembly.notices.post(
                    "‘env’ beside a graph is ignored, because each node carries its own", at: root.cursor.path
                )
            }
            return try HarmontGraph(graph, rootImage: image).pipeline(assembly)
        case (nil, let steps?):
            let environment = try root["env"]?.environment() ?? [:]
            return try HarmontSteps(steps, environment: environment, rootImage: image).pipeline(assembly)
        case (nil, nil):
            throw root.cursor.failure(
                "the pipeline has neither ‘graph’ nor ‘steps’", fix: "render the pipeline with ‘hm render’")
        case (_?, _?):
            throw root.cursor.failure(
                "the pipeline has both ‘graph’ and ‘steps’", fix: "remove one of the two")
        }
    }
}

import Model

/// A pipeline in Varve's own format, version 1.
struct VarveDocument {
    private let root: DocumentMapping

    init(_ root: DocumentMapping) {
        self.root = root
    }

    /// - Parameter defaultImage: for steps without a parent, where neither they nor the document name an
    ///   image.
    func pipeline(defaultImage: String, notices: NoticeBoard) throws(Failure) -> Pipeline {
        try VarveFields.pipeline.check(root)
        let image = try root.image("image", default: defaultImage)
        let environment = try root["env"]?.environment() ?? [:]
        let list = try root.required("steps", of: "a pipeline")
        let steps = try list.elements("a list of steps")
        try PipelineAssembly.checkCount(steps, of: list)
        var assembly = PipelineAssembly(notices: notices)
        for step in steps {
            let reader = VarveStep(try step.mapping("a step"))
            let draft = try reader.draft(
                environment: environment, rootImage: image, notices: &assembly.notices)
            try assembly.add(draft, at: step)
        }
        return try assembly.pipeline(steps: list)
    }
}

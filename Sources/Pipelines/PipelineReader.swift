package import Model

/// Reads Harmont IR and Varve's own format, as YAML or JSON, into a checked `Pipeline`.
///
/// `schema_version` tells an envelope of several pipelines, `version: "0"` Harmont IR, and `version: 1`
/// Varve's own format. Every failure is `pipeline-invalid` and begins with the place in the document.
package struct PipelineReader: Sendable {
    /// What the caller chooses beside the document.
    package struct Options: Sendable {
        /// Which pipeline of an envelope; not needed where there is only one.
        package var slug: String?
        /// The image of steps that neither name one nor build in another step, where the document has no
        /// default either.
        package var defaultImage: String

        package init(slug: String? = nil, defaultImage: String = "ubuntu:24.04") {
            self.slug = slug
            self.defaultImage = defaultImage
        }
    }

    private let options: Options

    package init(options: Options = Options()) {
        self.options = options
    }

    /// - Parameter text: YAML or JSON, at most 1 MiB and 64 levels; aliases and anchors are refused.
    package func read(_ text: String) throws(Failure) -> Pipeline {
        try read(DocumentValue(text: text))
    }

    /// - Parameter document: a document that came as part of another, such as a request's body.
    package func read(_ document: DocumentValue) throws(Failure) -> Pipeline {
        guard !document.isDeeper(than: DocumentValue.mostLevels) else {
            throw DocumentProblem.tooDeep(at: nil).failure
        }
        let root = try DocumentCursor(document).mapping("a pipeline")
        if root["schema_version"] != nil {
            return try HarmontEnvelope(root).pipeline(slug: options.slug, defaultImage: options.defaultImage)
        }
        guard let version = root["version"] else {
            throw root.cursor.failure(
                "the document has neither ‘version’ nor ‘schema_version’",
                fix: "add ‘version: 1’ for Varve's own format; Harmont IR has ‘\"version\": \"0\"’")
        }
        switch try version.text("a version") {
        case "0":
            return try HarmontDefinition(root).pipeline(
                defaultImage: options.defaultImage, notices: unusedSlug())
        case "1":
            return try VarveDocument(root).pipeline(defaultImage: options.defaultImage, notices: unusedSlug())
        default:
            throw version.failure(
                "\(version.found) is no known version",
                fix: "write ‘version: 1’ for Varve's own format; Harmont IR has ‘\"version\": \"0\"’")
        }
    }

    private func unusedSlug() -> NoticeBoard {
        var notices = NoticeBoard()
        if let slug = options.slug {
            notices.post(
                "the document is a single pipeline, so ‘\(DocumentPath.abridged(slug))’ chooses nothing",
                at: .root)
        }
        return notices
    }
}

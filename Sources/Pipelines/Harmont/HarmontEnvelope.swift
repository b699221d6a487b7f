import Model

/// The document a `harmont` program prints: several pipelines, each with a slug and its IR as `definition`.
struct HarmontEnvelope {
    private let root: DocumentMapping

    init(_ root: DocumentMapping) {
        self.root = root
    }

    func pipeline(slug: String?, defaultImage: String) throws(Failure) -> Pipeline {
        let version = try root.required("schema_version", of: "an envelope")
        guard try version.text("a schema version") == "1" else {
            throw version.failure(
                "\(version.found) is no known schema version",
                fix: "render the pipeline with a harmont that writes 1")
        }
        var notices = NoticeBoard()
        try HarmontMembers.check(root, known: ["schema_version", "pipelines"], what: "an envelope", &notices)
        let entry = try entry(slug: slug)
        try HarmontMembers.check(
            entry, known: ["slug", "name", "allow_manual", "triggers", "definition"], what: "a pipeline",
            &notices)
        let definition = try entry.required("definition", of: "a pipeline").mapping("a definition")
        let declared = try definition.required("version", of: "a definition")
        guard try declared.text("a version") == "0" else {
            throw declared.failure(
                "\(declared.found) is no known version of Harmont IR", fix: "render version \"0\"")
        }
        return try HarmontDefinition(definition).pipeline(defaultImage: defaultImage, notices: notices)
    }

    private func entry(slug wanted: String?) throws(Failure) -> DocumentMapping {
        let list = try root.required("pipelines", of: "an envelope")
        var entries: [(slug: String, entry: DocumentMapping)] = []
        for element in try list.elements("a list of pipelines") {
            let entry = try element.mapping("a pipeline")
            let slug = try entry.required("slug", of: "a pipeline")
            entries.append((try slug.text("a slug"), entry))
        }
        guard !entries.isEmpty else {
            throw list.failure("the envelope has no pipelines", fix: "register one with ‘@harmont.pipeline’")
        }
        let choices = entries.prefix(20).map { "‘\(DocumentPath.abridged($0.slug))’" }.joined(separator: ", ")
        guard let wanted else {
            if entries.count == 1 { return entries[0].entry }
            throw list.failure(
                "the envelope has \(entries.count) pipelines: \(choices)",
                fix: "choose one by its slug, with ‘-p SLUG’")
        }
        let found = entries.filter { $0.slug == wanted }
        guard let first = found.first else {
            throw list.failure(
                "there is no pipeline ‘\(DocumentPath.abridged(wanted))’; there are: \(choices)",
                fix: "choose one of these with ‘-p SLUG’")
        }
        guard found.count == 1 else {
            throw found[1].entry.cursor.failure(
                "the slug ‘\(DocumentPath.abridged(wanted))’ is taken by \(first.entry.cursor.path)",
                fix: "give each pipeline a slug of its own")
        }
        return first.entry
    }
}

import Model

extension DocumentCursor {
    func image() throws(Failure) -> ResourceName {
        let text = try text("an image name")
        do {
            return try ResourceName(text, kind: "image")
        } catch {
            throw failure(error.detail, fix: error.fix)
        }
    }

    /// Names to text values: what is not quoted keeps its spelling, so `CI: true` is `true` and `1.10` stays
    /// `1.10`.
    func environment() throws(Failure) -> [String: String] {
        var environment: [String: String] = [:]
        for (name, value) in try mapping("a mapping of environment variables").all {
            try DocumentCursor.checkVariable(name, value)
            if value.isNull {
                throw value.failure(
                    "the environment variable ‘\(name)’ has no value", fix: "write \"\" for an empty value")
            }
            environment[name] = try value.processText("an environment variable's value")
        }
        return environment
    }

    /// A list of names, each once.
    func variableNames() throws(Failure) -> [String] {
        var names: [String] = []
        var seen: Set<String> = []
        for element in try elements("a list of environment variable names") {
            let name = try element.text("an environment variable's name")
            try DocumentCursor.checkVariable(name, element)
            if seen.insert(name).inserted { names.append(name) }
        }
        return names
    }

    func variableName() throws(Failure) -> String {
        let name = try text("an environment variable's name")
        try DocumentCursor.checkVariable(name, self)
        return name
    }

    private static func checkVariable(_ name: String, _ place: DocumentCursor) throws(Failure) {
        let isValid =
            (1...1024).contains(name.utf8.count)
            && name.unicodeScalars.allSatisfy { $0 != "=" && !$0.properties.isWhitespace && !isControl($0) }
        guard isValid else {
            throw place.failure(
                "‘\(DocumentPath.abridged(name))’ is no name of an environment variable",
                fix: "use letters, digits and ‘_’, such as NODE_ENV")
        }
    }

    static func isControl(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.generalCategory == .control }

    /// Each once, in the order of the document.
    func globs() throws(Failure) -> [PathGlob] {
        var globs: [PathGlob] = []
        var seen: Set<PathGlob> = []
        for element in try elements("a list of path patterns") {
            let text = try element.text("a path pattern")
            do {
                let glob = try PathGlob(text)
                if seen.insert(glob).inserted { globs.append(glob) }
            } catch {
                throw element.failure(
                    "\(element.found): \(error.sentence)",
                    fix: "write a path relative to the workspace, such as ‘src/**/*.c’")
            }
            guard globs.count <= PathGlob.mostInList else {
                throw failure(
                    "there are more than \(PathGlob.mostInList) path patterns in one list",
                    fix: "name directories, or use ‘**’")
            }
        }
        return globs
    }

    /// Text for people: control characters become spaces.
    func label() throws(Failure) -> String {
        var label = String.UnicodeScalarView()
        for scalar in try text("a label").unicodeScalars {
            label.append(DocumentCursor.isControl(scalar) ? " " : scalar)
        }
        return String(label)
    }

    /// Positive, in whole seconds, at most 100 years.
    func seconds() throws(Failure) -> TimeSpan {
        TimeSpan(seconds: try integer("a number of seconds", in: 1...3_162_240_000))
    }
}

extension DocumentMapping {
    /// - Parameter configured: from outside the document, so that a bad one is no fault of the document's.
    func image(_ name: String, default configured: String) throws(Failure) -> ResourceName {
        if let image = self[name] { return try image.image() }
        return try ResourceName(configured, kind: "image")
    }
}

import Model

/// A value of a document and the way to it: reads it as what is wanted, or says at which place it is
/// something else.
struct DocumentCursor: Sendable {
    let value: DocumentValue
    let path: DocumentPath

    init(_ value: DocumentValue, path: DocumentPath = .root) {
        self.value = value
        self.path = path
    }

    var isNull: Bool { value.content == .null }

    /// `pipeline-invalid`, with the path and, for a text, line and column in front.
    func failure(_ sentence: String, fix: String) -> Failure {
        DocumentCursor.failure(sentence, at: path, value.position, fix: fix)
    }

    static func failure(
        _ sentence: String, at path: DocumentPath, _ position: DocumentPosition?, fix: String
    ) -> Failure {
        let place = [path.description, position.map { "(\($0))" } ?? ""].filter { !$0.isEmpty }
        let prefix = place.isEmpty ? "" : place.joined(separator: " ") + ": "
        return Failure(.pipelineInvalid, prefix + sentence, fix: fix)
    }

    /// What stands here, for messages.
    var found: String {
        switch value.content {
        case .null: "nothing"
        case .scalar(let text, _): "‘\(DocumentPath.abridged(text))’"
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }

    /// - Parameter what: what is wanted, with its article, for the message.
    func mapping(_ what: String) throws(Failure) -> DocumentMapping {
        guard case .mapping(let members) = value.content else {
            throw failure("expected \(what), found \(found)", fix: "write a mapping of names to values there")
        }
        return DocumentMapping(members, of: self)
    }

    func elements(_ what: String) throws(Failure) -> [DocumentCursor] {
        guard case .sequence(let elements) = value.content else {
            throw failure("expected \(what), found \(found)", fix: "write a list there, such as ‘[a, b]’")
        }
        return elements.enumerated().map { DocumentCursor($1, path: .element(path, $0)) }
    }

    /// The scalar as it is written; a number or boolean is text too.
    func text(_ what: String) throws(Failure) -> String {
        guard case .scalar(let text, _) = value.content else {
            throw failure(
                "expected \(what), found \(found)", fix: "write text there, in quotes where YAML needs them")
        }
        return text
    }

    /// Text that can be handed to a process: without NUL, and short enough for one argument of Linux.
    func processText(_ what: String) throws(Failure) -> String {
        let text = try text(what)
        guard !text.utf8.contains(0) else {
            throw failure("\(what) must not contain a NUL character", fix: "remove it")
        }
        guard text.utf8.count < DocumentCursor.longestArgument else {
            throw failure(
                "\(what) has \(text.utf8.count) bytes; Linux takes fewer than \(Self.longestArgument)",
                fix: "move it into a file of the workspace")
        }
        return text
    }

    /// MAX_ARG_STRLEN of Linux.
    static let longestArgument = 131_072

    /// A whole number in decimal, not in quotes.
    func integer(_ what: String, in range: ClosedRange<Int64>) throws(Failure) -> Int64 {
        guard case .scalar(let text, isQuoted: false) = value.content, DocumentCursor.isDecimal(text) else {
            throw failure(
                "expected \(what), found \(found)", fix: "write a whole number in decimal, without quotes")
        }
        guard let number = Int64(text), range.contains(number) else {
            throw failure(
                "\(what) is between \(range.lowerBound) and \(range.upperBound), not "
                    + DocumentPath.abridged(text),
                fix: "choose a number in that range")
        }
        return number
    }

    /// `0`, or digits that do not begin with 0: `0123` is octal to some readers.
    static func isDecimal(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.allSatisfy({ (48...57).contains($0) }) else {
            return false
        }
        return first != 48 || text.utf8.count == 1
    }

    func flag(_ what: String) throws(Failure) -> Bool {
        if case .scalar(let text, isQuoted: false) = value.content {
            if ["true", "True", "TRUE"].contains(text) { return true }
            if ["false", "False", "FALSE"].contains(text) { return false }
        }
        throw failure("expected \(what), found \(found)", fix: "write ‘true’ or ‘false’")
    }
}

import JSON

extension DocumentValue {
    /// Reads JSON (RFC 8259) with line and column.
    init(json text: [UInt8]) throws(DocumentProblem) {
        var ruler = TextRuler()
        do {
            let json = try JSONValue(parsing: text, mostLevels: DocumentValue.mostLevels)
            self.init(json) { offset in ruler.position(of: offset, in: text) }
        } catch {
            throw DocumentProblem(error, at: ruler.position(of: error.offset, in: text))
        }
    }

    /// - Parameter position: asked in the order of the text.
    private init(_ json: JSONValue, position: (Int) -> DocumentPosition) {
        let start = json.offset.map(position)
        self.init(Content(json.content, position: position), at: start)
    }
}

extension DocumentValue.Content {
    fileprivate init(_ content: JSONValue.Content, position: (Int) -> DocumentPosition) {
        switch content {
        case .null: self = .null
        case .bool(let flag): self = .scalar(flag ? "true" : "false", isQuoted: false)
        case .number(let spelling): self = .scalar(spelling, isQuoted: false)
        case .string(let text): self = .scalar(text, isQuoted: true)
        case .array(let elements):
            self = .sequence(elements.map { DocumentValue($0, position: position) })
        case .object(let members):
            self = .mapping(
                members.map { member in
                    let namePosition = member.nameOffset.map(position)
                    let value = DocumentValue(member.value, position: position)
                    return .init(name: member.name, namePosition: namePosition, value: value)
                })
        }
    }
}

extension DocumentProblem {
    fileprivate init(_ problem: JSONProblem, at position: DocumentPosition) {
        switch problem.reason {
        case .syntax, .tooMany:
            self.init(
                kind: .syntax, sentence: "not valid JSON: \(problem.sentence)",
                fix: "correct the JSON at that place", position: position)
        case .repeatedMember(let name): self = .duplicate(name, at: position)
        case .tooDeep: self = .tooDeep(at: position)
        }
    }
}

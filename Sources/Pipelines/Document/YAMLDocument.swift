import Yams

/// Reads YAML through libYAML, without aliases, anchors and tags, and with duplicate names as errors.
enum YAMLDocument {
    static func read(_ text: String) throws(DocumentProblem) -> DocumentValue {
        do {
            try refuseAnchors(in: text)
            let parser = try parser(for: text)
            guard let root = try parser.singleRoot() else {
                throw DocumentProblem(
                    kind: .refused, sentence: "the document has no content",
                    fix: "write ‘version: 1’ and ‘steps:’ into it", position: nil)
            }
            return try value(of: root, level: 1)
        } catch let problem as DocumentProblem {
            throw problem
        } catch let error as YamlError {
            throw problem(error, in: text)
        } catch {
            throw DocumentProblem(
                kind: .syntax, sentence: "not valid YAML: \(error)", fix: "correct the YAML", position: nil)
        }
    }

    /// The basic resolver leaves scalars alone, and the named encoding keeps Yams from asking the
    /// environment.
    static func parser(for text: String) throws -> Parser {
        try Parser(yaml: text, resolver: .basic, constructor: .default, encoding: .utf8)
    }

    private static func value(of node: Node, level: Int) throws(DocumentProblem) -> DocumentValue {
        let position = node.mark.map(DocumentPosition.init)
        guard level <= DocumentValue.mostLevels else { throw .tooDeep(at: position) }
        switch node {
        case .scalar(let scalar):
            try check(scalar.tag, among: [.implicit, .nonSpecific, .str], at: position)
            let isQuoted = scalar.style != .plain || scalar.tag == Tag(.str)
            if !isQuoted, ["", "~", "null", "Null", "NULL"].contains(scalar.string) {
                return DocumentValue(.null, at: position)
            }
            return DocumentValue(.scalar(scalar.string, isQuoted: isQuoted), at: position)
        case .sequence(let sequence):
            try check(sequence.tag, among: [.implicit, .nonSpecific, .seq], at: position)
            var elements: [DocumentValue] = []
            for element in sequence { elements.append(try value(of: element, level: level + 1)) }
            return DocumentValue(.sequence(elements), at: position)
        case .mapping(let mapping):
            try check(mapping.tag, among: [.implicit, .nonSpecific, .map], at: position)
            return DocumentValue(.mapping(try members(of: mapping, level: level)), at: position)
        case .alias:
            throw anchorProblem(at: position)
        }
    }

    private static func members(
        of mapping: Node.Mapping, level: Int
    ) throws(DocumentProblem) -> [DocumentValue.Member] {
        var members: [DocumentValue.Member] = []
        for (key, value) in mapping {
            let position = key.mark.map(DocumentPosition.init)
            guard case .scalar(let name) = key else {
                throw DocumentProblem(
                    kind: .refused, sentence: "a mapping has a name that is itself a list or a mapping",
                    fix: "quote text that begins with ‘{’ or ‘[’", position: position)
            }
            try check(name.tag, among: [.implicit, .nonSpecific, .str], at: position)
            let content = try self.value(of: value, level: level + 1)
            members.append(.init(name: name.string, namePosition: position, value: content))
        }
        return members
    }

    private static func check(
        _ tag: Tag, among allowed: [Tag.Name], at position: DocumentPosition?
    ) throws(DocumentProblem) {
        guard allowed.contains(where: { Tag($0) == tag }) else {
            throw DocumentProblem(
                kind: .refused,
                sentence: "the YAML tag ‘\(DocumentPath.abridged(tag.rawValue))’ is not supported",
                fix: "write the value without a tag, in quotes if it is text", position: position)
        }
    }
}

extension DocumentPosition {
    init(_ mark: Mark) { self.init(line: mark.line, column: mark.column) }
}

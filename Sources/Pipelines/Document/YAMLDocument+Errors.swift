import Yams

extension YAMLDocument {
    /// Says in our words, and at its place, what Yams found.
    static func problem(_ error: YamlError, in text: String) -> DocumentProblem {
        switch error {
        case .scanner(let context, let sentence, let mark, _),
            .parser(let context, let sentence, let mark, _):
            return syntax("\(context.map { "\($0.text), " } ?? "")\(sentence)", at: DocumentPosition(mark))
        case .composer(_, let sentence, let mark, _):
            return composerProblem(sentence, at: DocumentPosition(mark))
        case .reader(let sentence, let offset, _, _):
            return syntax(sentence, at: offset.map { position(ofCharacter: $0, in: text) })
        case .duplicatedKeysInMapping(let names, let context):
            return .duplicate(names.first ?? "", at: DocumentPosition(context.mark))
        case .memory:
            // libYAML's answer to more than 1,000 levels.
            return .tooDeep(at: nil)
        case .no, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
            return syntax("\(error)", at: nil)
        }
    }

    private static func composerProblem(_ sentence: String, at position: DocumentPosition) -> DocumentProblem
    {
        if sentence.contains("alias") { return anchorProblem(at: position) }
        return DocumentProblem(
            kind: .refused, sentence: "a second document begins here",
            fix: "keep one document; ‘---’ separates documents", position: position)
    }

    private static func position(ofCharacter offset: Int, in text: String) -> DocumentPosition {
        let before = text.prefix(offset)
        var ruler = TextRuler()
        return ruler.position(of: before.utf8.count, in: Array(before.utf8))
    }

    private static func syntax(_ sentence: String, at position: DocumentPosition?) -> DocumentProblem {
        DocumentProblem(
            kind: .syntax, sentence: "not valid YAML: \(sentence)", fix: "correct the YAML at that place",
            position: position)
    }
}

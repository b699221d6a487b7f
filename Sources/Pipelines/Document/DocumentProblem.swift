import Model

/// Why a text is no document at all.
struct DocumentProblem: Error, Hashable {
    enum Kind: Hashable {
        /// The text breaks the grammar it was read by; another grammar may fit.
        case syntax
        /// It is well-formed and still refused.
        case refused
    }

    var kind: Kind
    var sentence: String
    var fix: String
    var position: DocumentPosition?

    var failure: Failure {
        Failure(.pipelineInvalid, (position.map { "(\($0)) " } ?? "") + sentence, fix: fix)
    }

    static func tooDeep(at position: DocumentPosition?) -> DocumentProblem {
        DocumentProblem(
            kind: .refused,
            sentence: "the document is nested more than \(DocumentValue.mostLevels) levels deep",
            fix: "flatten it; a pipeline needs fewer than ten levels", position: position)
    }

    static func duplicate(_ name: String, at position: DocumentPosition?) -> DocumentProblem {
        DocumentProblem(
            kind: .refused, sentence: "‘\(DocumentPath.abridged(name))’ appears twice in one mapping",
            fix: "keep one of the two", position: position)
    }
}

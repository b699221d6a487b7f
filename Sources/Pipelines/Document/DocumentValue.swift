/// A YAML or JSON document as it was written: scalars keep their spelling, and everything its place in the
/// text.
///
/// Which type a scalar has is decided where it is used, by what is wanted there. So `env: {CI: true}`
/// is the text `true`, and neither `on: yes` nor `1:20` nor `0123` turns into something else on the way.
package struct DocumentValue: Hashable, Sendable {
    package enum Content: Hashable, Sendable {
        case null
        /// `isQuoted` tells a string from a number or boolean: a YAML scalar in quotes or as a block, a JSON
        /// string.
        case scalar(String, isQuoted: Bool)
        case sequence([DocumentValue])
        /// Names are unique.
        case mapping([Member])
    }

    package struct Member: Hashable, Sendable {
        package let name: String
        package let namePosition: DocumentPosition?
        package let value: DocumentValue

        package init(name: String, namePosition: DocumentPosition? = nil, value: DocumentValue) {
            self.name = name
            self.namePosition = namePosition
            self.value = value
        }
    }

    package let content: Content
    /// Nil where the document was no text when it came here.
    package let position: DocumentPosition?

    package init(_ content: Content, at position: DocumentPosition? = nil) {
        self.content = content
        self.position = position
    }

    /// How deep a document may be: a scalar is one level.
    package static let mostLevels = 64
    /// How long a document's text may be.
    package static let mostBytes = 1 << 20

    /// Goes no deeper than that itself.
    func isDeeper(than levels: Int) -> Bool {
        guard levels > 0 else { return true }
        return switch content {
        case .null, .scalar: false
        case .sequence(let elements): elements.contains { $0.isDeeper(than: levels - 1) }
        case .mapping(let members): members.contains { $0.value.isDeeper(than: levels - 1) }
        }
    }
}

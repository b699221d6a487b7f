import Model

/// A mapping of a document, with its members by name.
struct DocumentMapping: Sendable {
    let cursor: DocumentCursor
    private let members: [DocumentValue.Member]
    private let positions: [String: Int]

    init(_ members: [DocumentValue.Member], of cursor: DocumentCursor) {
        self.cursor = cursor
        self.members = members
        positions = Dictionary(
            members.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    var names: [String] { members.map(\.name) }

    /// Every member, in the order of the document.
    var all: [(name: String, value: DocumentCursor)] {
        members.map { ($0.name, DocumentCursor($0.value, path: .member(cursor.path, $0.name))) }
    }

    /// Nil where the member is absent, or there without a value.
    subscript(name: String) -> DocumentCursor? {
        guard let position = positions[name] else { return nil }
        let found = DocumentCursor(members[position].value, path: .member(cursor.path, name))
        return found.isNull ? nil : found
    }

    func required(_ name: String, of what: String) throws(Failure) -> DocumentCursor {
        guard let found = self[name] else {
            throw cursor.failure("\(what) needs ‘\(name)’", fix: "add ‘\(name)’ there")
        }
        return found
    }

    /// A failure at a member's name instead of its value.
    func failure(atName name: String, _ sentence: String, fix: String) -> Failure {
        let member = positions[name].map { members[$0] }
        return DocumentCursor.failure(
            sentence, at: .member(cursor.path, name), member?.namePosition ?? cursor.value.position, fix: fix)
    }
}

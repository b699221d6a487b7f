import Model

extension DocumentPath {
    /// Something of the document as it can be quoted in a message: printable, and at most 60 characters of
    /// it.
    static func abridged(_ text: String) -> String {
        let shown = text.count > 60 ? text.prefix(60) + "…" : text[...]
        return EntryPath.printable(Array(shown.utf8))
    }
}

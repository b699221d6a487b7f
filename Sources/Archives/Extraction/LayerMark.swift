package import Model

/// An entry of an image's layer that is no file but says what becomes of lower layers.
///
/// As in the OCI image specification, "Whiteouts".
package enum LayerMark: Equatable {
    /// `.wh.NAME`: NAME of lower layers is gone.
    case whiteout(EntryPath)
    /// `.wh..wh..opq`: everything lower layers have in this directory is gone.
    case opaque(EntryPath)
    /// `.wh..wh.` and more: what aufs keeps for itself.
    case foreign

    /// Nil for an ordinary entry.
    ///
    /// - Throws: `archive-invalid` for a mark that hides nothing that can have a name.
    package init?(_ path: EntryPath) throws(Failure) {
        let prefix = Array(".wh.".utf8)
        let components = path.components
        guard let last = components.last else { return nil }
        if components.dropLast().contains(where: { $0.starts(with: ".wh..wh.".utf8) }) {
            self = .foreign
            return
        }
        guard !components.dropLast().contains(where: { $0.starts(with: prefix) }) else {
            throw Failure.archive("entry ‘\(path)’ lies below a whiteout")
        }
        guard last.starts(with: prefix), let parent = path.parent else { return nil }
        if last.elementsEqual(".wh..wh..opq".utf8) {
            self = .opaque(parent)
        } else if last.starts(with: ".wh..wh.".utf8) {
            self = .foreign
        } else {
            let hidden = last.dropFirst(prefix.count)
            guard !hidden.isEmpty, !hidden.elementsEqual(".".utf8), !hidden.elementsEqual("..".utf8) else {
                throw Failure.archive("entry ‘\(path)’ is a whiteout of nothing")
            }
            self = .whiteout(parent.appending(hidden))
        }
    }
}

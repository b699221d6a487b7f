package import Linux
package import Model

/// One thing a layer changes relative to the view it lies on.
package struct LayerChange: Hashable, Sendable {
    /// What became of it.
    package let kind: Kind
    /// Where, below the layer's root.
    package let path: EntryPath
    /// What is there now; for a deletion, what was.
    package let entry: FileKind
    /// A file's length in bytes, else 0.
    package let size: Int64

    /// Added, modified or deleted, by the letters people know.
    package enum Kind: String, Hashable, Sendable {
        case added = "A"
        case modified = "M"
        /// With all below it, if it was a directory.
        case deleted = "D"
    }

    /// A change as it is told.
    package init(kind: Kind, path: EntryPath, entry: FileKind, size: Int64) {
        self.kind = kind
        self.path = path
        self.entry = entry
        self.size = size
    }
}

/// A part of a layer's changes.
package struct LayerChangePage: Hashable, Sendable {
    /// In the order of their paths, directories before their content.
    package let changes: [LayerChange]
    /// Where the next page begins; `nil` after the last one.
    package let next: EntryPath?
}

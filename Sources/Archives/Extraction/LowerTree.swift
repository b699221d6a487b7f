package import Model

/// What lies below a layer while it is unpacked: the layers below it, as one tree.
package protocol LowerTree: AnyObject {
    /// What the directory at `path` is, if there is one.
    func directory(at path: EntryPath) throws(Failure) -> ArchiveMetadata?
    /// Whether there is anything at `path`.
    func hasEntry(at path: EntryPath) throws(Failure) -> Bool
    /// The names in the topmost directory.
    func rootNames() throws(Failure) -> [[UInt8]]
}

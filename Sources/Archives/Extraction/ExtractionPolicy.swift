/// What of an archive is taken over, by what the archive is.
///
/// Always left out: character devices 0:0 and attributes `trusted.*`, with which an archive could forge an
/// overlay's whiteouts and opaque directories; sockets, which mean nothing without who listens.
package struct ExtractionPolicy: Sendable {
    /// Names `.wh.NAME` and `.wh..wh..opq` mean what they mean in a layer of an image.
    package var interpretsWhiteouts: Bool

    /// One layer of an image.
    package static let imageLayer = ExtractionPolicy(interpretsWhiteouts: true)

    /// A whole root file system.
    package static let rootFileSystem = ExtractionPolicy(interpretsWhiteouts: false)

    /// Whether an attribute of that name is taken over.
    ///
    /// Of `security.*` only capabilities belong to the file; labels and measurements belong to the host.
    package func keepsAttribute(_ name: String) -> Bool {
        name.hasPrefix("user.") || name == "security.capability" || name == "system.posix_acl_access"
            || name == "system.posix_acl_default"
    }

    /// What is taken over of an entry's metadata: all but some attributes.
    package func kept(_ metadata: ArchiveMetadata) -> ArchiveMetadata {
        var kept = metadata
        kept.attributes = metadata.attributes.filter { keepsAttribute($0.key) }
        return kept
    }
}

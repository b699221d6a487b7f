/// What of an archive is taken over, by what the archive is.
///
/// Always left out: character devices 0:0 and attributes `trusted.*`, with which an archive could forge an
/// overlay's whiteouts and opaque directories; sockets, which mean nothing without who listens.
package struct ExtractionPolicy: Sendable {
    /// Names `.wh.NAME` and `.wh..wh..opq` mean what they mean in a layer of an image.
    package var interpretsWhiteouts: Bool
    /// Entries keep their owners and attributes; otherwise everything is root's and has no attributes.
    package var keepsOwners = true
    /// Devices and sockets are what they are; otherwise a FIFO marks the place of each, for who reads the tree to find.
    package var keepsDevices = true

    /// One layer of an image.
    package static let imageLayer = ExtractionPolicy(interpretsWhiteouts: true)

    /// A whole root file system.
    package static let rootFileSystem = ExtractionPolicy(interpretsWhiteouts: false)

    /// A project's source: of each entry what a revision holds of it.
    package static let source = ExtractionPolicy(
        interpretsWhiteouts: false, keepsOwners: false, keepsDevices: false)

    /// Whether an attribute of that name is taken over.
    ///
    /// Of `security.*` only capabilities belong to the file; labels and measurements belong to the host.
    package func keepsAttribute(_ name: String) -> Bool {
        name.hasPrefix("user.") || name == "security.capability" || name == "system.posix_acl_access"
            || name == "system.posix_acl_default"
    }

    /// What is taken over of an entry's metadata.
    package func kept(_ metadata: ArchiveMetadata) -> ArchiveMetadata {
        guard keepsOwners else {
            return ArchiveMetadata(mode: metadata.mode, uid: 0, gid: 0, modified: metadata.modified)
        }
        var kept = metadata
        kept.attributes = metadata.attributes.filter { keepsAttribute($0.key) }
        return kept
    }
}

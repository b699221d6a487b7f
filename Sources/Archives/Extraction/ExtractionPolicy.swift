/// What of an archive is taken over, by what the archive is.
///
/// Always left out: character devices 0:0 and attributes `trusted.*`, with which an archive could forge an
/// overlay's whiteouts and opaque directories; sockets, which mean nothing without who listens.
package struct ExtractionPolicy: Sendable {
    /// Names `.wh.NAME` and `.wh..wh..opq` mean what they mean in a layer of an image.
    package var interpretsWhiteouts: Bool
    /// Device nodes and FIFOs are made; else they are left out.
    package var makesNodes: Bool
    /// Numeric owners are kept; else everything belongs to root.
    package var keepsOwners: Bool
    /// File capabilities and access control lists are kept, beside `user.*`.
    package var keepsPrivileges: Bool

    /// One layer of an image.
    package static let imageLayer = ExtractionPolicy(
        interpretsWhiteouts: true, makesNodes: true, keepsOwners: true, keepsPrivileges: true)

    /// A whole root file system.
    package static let rootFileSystem = ExtractionPolicy(
        interpretsWhiteouts: false, makesNodes: true, keepsOwners: true, keepsPrivileges: true)

    /// Source files.
    package static let workspace = ExtractionPolicy(
        interpretsWhiteouts: false, makesNodes: false, keepsOwners: false, keepsPrivileges: false)

    /// Whether an attribute of that name is taken over.
    ///
    /// Of `security.*` only capabilities belong to the file; labels and measurements belong to the host.
    package func keepsAttribute(_ name: String) -> Bool {
        if name.hasPrefix("user.") { return true }
        return keepsPrivileges
            && (name == "security.capability" || name == "system.posix_acl_access"
                || name == "system.posix_acl_default")
    }

    /// What is taken over of an entry's metadata; times and permission bits always.
    package func kept(_ metadata: ArchiveMetadata) -> ArchiveMetadata {
        ArchiveMetadata(
            mode: metadata.mode, uid: keepsOwners ? metadata.uid : 0, gid: keepsOwners ? metadata.gid : 0,
            modified: metadata.modified,
            attributes: metadata.attributes.filter { keepsAttribute($0.key) })
    }
}

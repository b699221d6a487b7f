import Linux
import SystemPackage

/// What an entry has beside its content: mode, owner, modification time and attributes, those of overlayfs
/// left out.
struct EntryMetadata {
    var mode: UInt32
    var uid: UInt32
    var gid: UInt32
    var modified: Int64
    var attributes: [(name: String, value: [UInt8])]

    /// What a directory has when nothing says otherwise.
    static let plainDirectory = EntryMetadata(mode: 0o755, uid: 0, gid: 0, modified: 0, attributes: [])

    init(mode: UInt32, uid: UInt32, gid: UInt32, modified: Int64, attributes: [(String, [UInt8])]) {
        self.mode = mode
        self.uid = uid
        self.gid = gid
        self.modified = modified
        self.attributes = attributes
    }

    init(of directory: borrowing Directory) throws(Errno) {
        try self.init(of: directory.descriptor)
    }

    init(of file: borrowing Descriptor) throws(Errno) {
        let status = try file.status()
        var attributes: [(String, [UInt8])] = []
        for name in try file.attributeNames() where !name.hasPrefix(OverlayAttribute.prefix) {
            if let value = try file.attribute(name) { attributes.append((name, value)) }
        }
        self.init(
            mode: status.mode, uid: status.uid, gid: status.gid, modified: status.modified,
            attributes: attributes)
    }

    /// Gives all of it to `file`, which is new and has no attributes.
    func apply(to file: borrowing Descriptor) throws(Errno) {
        // The owner first: a change of owner clears setuid and file capabilities. Times last.
        try file.setOwner(uid: uid, gid: gid)
        try file.setMode(mode)
        for attribute in attributes { try file.setAttribute(attribute.name, to: attribute.value) }
        try file.setModified(modified)
    }

    /// The same mode, owner and attributes; times do not count.
    func isEqual(_ other: EntryMetadata) -> Bool {
        mode == other.mode && uid == other.uid && gid == other.gid
            && attributes.sorted { $0.name < $1.name }.elementsEqual(
                other.attributes.sorted { $0.name < $1.name }
            ) {
                $0 == $1
            }
    }
}

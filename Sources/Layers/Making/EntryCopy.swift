import Linux
import SystemPackage

/// Puts an entry of one directory into another, for layers made of others.
enum EntryCopy {
    /// Gives `name` of `source`, no directory, a second name in `target`; where it has as many names as the
    /// file system allows, a copy with all its metadata.
    static func link(
        _ name: [UInt8], from source: borrowing Directory, into target: borrowing Directory
    ) throws(Errno) {
        do {
            try source.createHardLink(to: name, in: target, as: name)
        } catch .tooManyLinks {
            try copy(name, from: source, into: target)
        }
    }

    private static func copy(
        _ name: [UInt8], from source: borrowing Directory, into target: borrowing Directory
    ) throws(Errno) {
        let status = try source.status(name)
        switch status.kind {
        case .file:
            let original = try source.openFile(name, [.readOnly, .nonBlocking])
            let copy = try target.createFile(name)
            try copy.copyContents(of: original, size: status.size)
            try EntryMetadata(of: original).apply(to: copy)
            return
        case .link: try target.createLink(name, target: try source.readLink(name))
        default:
            try target.createNode(
                name, kind: status.kind, mode: status.mode, device: status.representedDevice)
        }
        try target.setOwner(name, uid: status.uid, gid: status.gid)
        if status.kind != .link { try target.setMode(name, status.mode) }
        try target.setModified(name, status.modified)
    }
}

package import Linux
package import Model
import SystemPackage

/// Writes a directory and everything in it to an archive, as it is there.
///
/// Names are in the order of their bytes, so that an unchanged tree gives the same archive. Links are never
/// followed. Left out: sockets, an overlay's whiteouts unless they are asked for, attributes the policy does not keep.
package struct TreeArchiver: ~Copyable {
    private var writer: ArchiveWriter
    private let policy: ExtractionPolicy
    /// Directories where something else is mounted are written empty, and other mount points not at all.
    private let staysOnMount: Bool
    /// Whiteouts and opaque directories are written as layers of images have them.
    private let marksHidden: Bool
    /// The first path of every file that has several.
    private var firstNames: [FileIdentity: EntryPath] = [:]

    private static let maximumDepth = 512

    private struct FileIdentity: Hashable {
        let device: DeviceNumber
        let inode: UInt64
    }

    package init(
        _ writer: consuming ArchiveWriter, policy: ExtractionPolicy = .rootFileSystem,
        staysOnMount: Bool = false, marksHidden: Bool = false
    ) {
        self.marksHidden = marksHidden
        self.writer = writer
        self.policy = policy
        self.staysOnMount = staysOnMount
    }

    /// Writes `directory` under the name `path`, and everything in it below that.
    ///
    /// Opens with the rights of the calling thread.
    /// - Throws: `bad-path` for what it may not read, `too-large` for directories too deep in one another and for files
    ///   beyond the writer's limit, `workspace-changing`, and `cancelled` by the writer's cancellation.
    package mutating func add(_ directory: borrowing Directory, as path: EntryPath = .root) throws(Failure) {
        let status = try reading(path) { () throws(Errno) in try directory.status() }
        try add(directory, status, as: path, mount: status.mountID, depth: 0)
    }

    /// Writes one entry that is no directory: `name` of `directory`, under the name `path`.
    package mutating func addEntry(
        _ name: [UInt8], of directory: borrowing Directory, as path: EntryPath
    ) throws(Failure) {
        let status = try reading(path) { () throws(Errno) in try directory.status(name) }
        try add(name, status, of: directory, as: path)
    }

    /// Writes the archive's end.
    package consuming func finish() throws(Failure) { try writer.finish() }

    private mutating func add(
        _ directory: borrowing Directory, _ status: FileStatus, as path: EntryPath, mount: UInt64, depth: Int
    ) throws(Failure) {
        guard depth <= TreeArchiver.maximumDepth else {
            throw Failure(
                .tooLarge,
                "directories lie more than \(TreeArchiver.maximumDepth) deep in one another: ‘\(path)’",
                fix: "leave this directory out")
        }
        let attributes = try attributes(of: directory.descriptor, path)
        let name = path.isRoot ? Array("./".utf8) : path.bytes + [UInt8(ascii: "/")]
        try writer.add(
            ArchiveEntry(
                path: name, content: .directory, metadata: ArchiveMetadata(status, attributes: attributes)))
        if staysOnMount && status.mountID != mount { return }
        if marksHidden, try reading(path, { () throws(Errno) in try directory.isOpaque() }) {
            try addMark(path.appending(Array(".wh..wh..opq".utf8)), like: status)
        }
        let names = try reading(path) { () throws(Errno) in try directory.entryNames() }
        for name in names.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            let entry = path.appending(name)
            let status = try reading(entry) { () throws(Errno) in try directory.status(name) }
            if status.kind == .directory {
                let inner = try reading(entry) { () throws(Errno) in try directory.openDirectory(name) }
                let opened = try reading(entry) { () throws(Errno) in try inner.status() }
                try add(inner, opened, as: entry, mount: mount, depth: depth + 1)
            } else if !staysOnMount || status.mountID == mount {
                try add(name, status, of: directory, as: entry)
            }
        }
    }

    private mutating func add(
        _ name: [UInt8], _ status: FileStatus, of directory: borrowing Directory, as path: EntryPath
    ) throws(Failure) {
        if marksHidden {
            guard !name.starts(with: ".wh.".utf8) else {
                throw Failure.archive(
                    "‘\(path)’ has a name that means something else in an archive of a layer",
                    fix: "remove it, or rename it")
            }
            if status.isWhiteout, let parent = path.parent {
                return try addMark(parent.appending(Array(".wh.".utf8) + name), like: status)
            }
        }
        if status.isWhiteout || status.kind == .socket { return }
        let identity = FileIdentity(device: status.device, inode: status.inode)
        if status.links > 1 {
            if let first = firstNames[identity] {
                return try writer.add(
                    ArchiveEntry(
                        path: path.bytes, content: .hardLink(target: first.bytes),
                        metadata: ArchiveMetadata(status)))
            }
            firstNames[identity] = path
        }
        if status.kind == .file { return try addFile(name, of: directory, as: path) }
        let attributes = try attributes(of: name, in: directory, path)
        let content: ArchiveEntry.Content
        switch status.kind {
        case .link:
            content = .link(target: try reading(path) { () throws(Errno) in try directory.readLink(name) })
        case .characterDevice: content = .characterDevice(status.representedDevice)
        case .blockDevice: content = .blockDevice(status.representedDevice)
        case .fifo: content = .fifo
        case .file, .directory, .socket: return
        }
        try writer.add(
            ArchiveEntry(
                path: path.bytes, content: content, metadata: ArchiveMetadata(status, attributes: attributes))
        )
    }

    private mutating func addMark(_ path: EntryPath, like status: FileStatus) throws(Failure) {
        try writer.add(
            ArchiveEntry(
                path: path.bytes, content: .file(size: 0),
                metadata: ArchiveMetadata(mode: 0o600, uid: 0, gid: 0, modified: status.modified)))
    }

    private mutating func addFile(
        _ name: [UInt8], of directory: borrowing Directory, as path: EntryPath
    ) throws(Failure) {
        let file = try reading(path) { () throws(Errno) in
            try directory.openFile(name, [.readOnly, .nonBlocking])
        }
        // What was opened counts: the name may have become another file's since.
        let status = try reading(path) { () throws(Errno) in try file.status() }
        guard status.kind == .file else {
            throw Failure(
                .workspaceChanging, "‘\(path)’ was replaced while it was read",
                fix: "try again when nothing writes there")
        }
        let metadata = ArchiveMetadata(status, attributes: try attributes(of: file, path))
        try writer.add(
            ArchiveEntry(path: path.bytes, content: .file(size: status.size), metadata: metadata),
            content: file)
    }

    private func attributes(
        of descriptor: borrowing Descriptor, _ path: EntryPath
    ) throws(Failure) -> [String: [UInt8]] {
        try reading(path) { () throws(Errno) in
            var attributes: [String: [UInt8]] = [:]
            for name in try descriptor.attributeNames() where policy.keepsAttribute(name) {
                attributes[name] = try descriptor.attribute(name)
            }
            return attributes
        }
    }

    private func attributes(
        of name: [UInt8], in directory: borrowing Directory, _ path: EntryPath
    ) throws(Failure) -> [String: [UInt8]] {
        try reading(path) { () throws(Errno) in
            var attributes: [String: [UInt8]] = [:]
            for attribute in try directory.attributeNames(of: name) where policy.keepsAttribute(attribute) {
                attributes[attribute] = try directory.attribute(attribute, of: name)
            }
            return attributes
        }
    }

    private func reading<T: ~Copyable>(
        _ path: EntryPath, _ body: () throws(Errno) -> T
    ) throws(Failure) -> T {
        try calling(body) { error in
            Failure(
                .badPath, "‘\(path)’ can't be read: \(error)",
                fix: "make it readable for the user who asks, or leave it out")
        }
    }
}

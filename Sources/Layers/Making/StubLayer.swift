import Linux
package import Model
import SystemPackage

/// The layer right above an image that has the mount points the image lacks, so that no runtime makes them
/// in a step's own layer and no snapshot ever shows them.
///
/// A missing mount point is an empty directory or file of root's; missing directories on the way are made as
/// well. Directories the image has are repeated with its mode, owner, times and attributes, so that through
/// the stub layer nothing else looks different. Links are handled as container engines do: on the way, and
/// at the end of a directory's path, they are followed within the image's root, never out of it, and the
/// mount point is where they lead; a link at the end of a file's path is replaced, in the view, by an empty
/// file. A mount point inside another directory mount point needs none here.
package struct StubLayer: Sendable {
    /// `nil` when the image has all mount points.
    package let layer: LayerID?
    /// Where each mount point really is, links resolved; those inside another one are not in it.
    package let places: [MountPoint: EntryPath]

    /// Makes the stub layer for an image.
    ///
    /// - Parameters:
    ///   - id: the layer's number, never used before; unused if no layer is needed.
    ///   - image: the image's layers, uppermost first.
    /// - Throws: `image-invalid` where the image has something else in the place of a mount point.
    package static func make(
        _ id: LayerID, for points: [MountPoint], over image: [LayerReference], in store: LayerStore
    ) throws(Failure) -> StubLayer {
        let view = try LayerView(of: image, in: store)
        var places: [MountPoint: EntryPath] = [:]
        var missing: [EntryPath: MountPoint.Kind] = [:]
        let resolver = ImagePathResolver(root: view.root)
        for point in points where !isInsideAnother(point, points) {
            let found = try resolver.resolve(point)
            places[point] = found.path
            if !found.isThere { missing[found.path] = point.kind }
        }
        guard !missing.isEmpty else { return StubLayer(layer: nil, places: places) }
        let builder = try LayerBuilder(id, in: store)
        try StubTree(root: builder.root, view: view.root).make(missing)
        return StubLayer(layer: try builder.commit(), places: places)
    }

    private static func isInsideAnother(_ point: MountPoint, _ points: [MountPoint]) -> Bool {
        points.contains { $0.kind == .directory && $0.path != point.path && point.path.isAtOrBelow($0.path) }
    }
}

/// Finds where a path leads in an image, its links followed within the image.
struct ImagePathResolver {
    let root: SharedDirectory

    /// Links on one path, as many as the kernel follows.
    private static let maximumLinks = 40

    struct Place {
        let path: EntryPath
        /// What the mount point needs is there.
        let isThere: Bool
    }

    func resolve(_ point: MountPoint) throws(Failure) -> Place {
        try storing("look for the mount point /\(point.path) in the image") { try walk(point) }
    }

    private func walk(_ point: MountPoint) throws -> Place {
        var rest = Array(point.path.components.map { Array($0) }.reversed())
        var walked: [[UInt8]] = []
        var links = 0
        while let name = rest.popLast() {
            if name.elementsEqual("..".utf8) {
                _ = walked.popLast()
                continue
            }
            let parent = try directory(walked)
            guard let parent, let status = try parent.statusIfPresent(name) else {
                walked.append(name)
                continue
            }
            if status.kind == .link, !(rest.isEmpty && point.kind == .file) {
                links += 1
                guard links <= Self.maximumLinks else {
                    throw Self.obstacle(point, "links that lead in a circle")
                }
                let target = try parent.readLink(name)
                if target.first == UInt8(ascii: "/") { walked = [] }
                rest += target.split(separator: UInt8(ascii: "/")).map { Array($0) }
                    .filter { !$0.elementsEqual(".".utf8) }.reversed()
                continue
            }
            walked.append(name)
            if rest.isEmpty { return Place(path: Self.path(walked), isThere: try isThere(status, point)) }
            guard status.kind == .directory else {
                throw Self.obstacle(point, "no directory at /\(Self.path(walked))")
            }
        }
        guard !walked.isEmpty else { throw Self.obstacle(point, "a link to its own root there") }
        return Place(path: Self.path(walked), isThere: try isThere(directory: walked, point))
    }

    private func isThere(_ status: FileStatus, _ point: MountPoint) throws -> Bool {
        switch (point.kind, status.kind) {
        case (.directory, .directory), (.file, .file): return true
        case (.file, .link): return false
        case (.file, _): throw Self.obstacle(point, "no regular file there")
        case (.directory, _): throw Self.obstacle(point, "no directory there")
        }
    }

    /// A path whose last step was `..` or a link to one ends in a directory that is there, or in nothing.
    private func isThere(directory path: [[UInt8]], _ point: MountPoint) throws -> Bool {
        guard let parent = try directory(path.dropLast()), let last = path.last,
            let status = try parent.statusIfPresent(last)
        else { return false }
        return try isThere(status, point)
    }

    private func directory(_ components: [[UInt8]]) throws(Errno) -> Directory? {
        guard !components.isEmpty else { return try root.directory.reopened() }
        do {
            return try root.directory.openDirectory(beneath: Self.path(components).bytes)
        } catch .noSuchFileOrDirectory {
            return nil
        }
    }

    private static func path(_ components: [[UInt8]]) -> EntryPath {
        components.reduce(EntryPath.root) { $0.appending($1) }
    }

    private static func obstacle(_ point: MountPoint, _ what: String) -> Failure {
        Failure(
            .imageInvalid, "the image has \(what) where /\(point.path) is to be mounted",
            fix: "use an image without it, or another target for the mount")
    }
}

/// Fills a stub layer.
struct StubTree {
    let root: SharedDirectory
    let view: SharedDirectory

    func make(_ stubs: [EntryPath: MountPoint.Kind]) throws(Failure) {
        try storing("fill a stub layer") {
            var directories: Set<EntryPath> = [.root]
            for (path, kind) in stubs.sorted(by: { $0.key < $1.key }) {
                try makeDirectories(path.parent ?? .root, &directories)
                switch kind {
                case .directory: try makeDirectories(path, &directories)
                case .file: try makeFile(path)
                }
            }
            // Times last, and inner directories before outer ones.
            for path in directories.sorted(by: { $0.components.count > $1.components.count }) {
                let directory = try open(path, in: root)
                try metadata(path).apply(to: directory.descriptor)
            }
        }
    }

    private func makeDirectories(_ path: EntryPath, _ made: inout Set<EntryPath>) throws {
        var current = EntryPath.root
        for component in path.components {
            let parent = try open(current, in: root)
            current = current.appending(component)
            if made.insert(current).inserted { try parent.createDirectory(Array(component)) }
        }
    }

    private func makeFile(_ path: EntryPath) throws {
        let parent = try open(path.parent ?? .root, in: root)
        let file = try parent.createFile(Array(path.name))
        var metadata = try metadata(path.parent ?? .root)
        (metadata.mode, metadata.uid, metadata.gid, metadata.attributes) = (0o644, 0, 0, [])
        try metadata.apply(to: file)
    }

    /// What the image has there; for a directory it lacks, a plain one with the time of the nearest it has,
    /// so that the same image always gets the same stubs.
    private func metadata(_ path: EntryPath) throws(Errno) -> EntryMetadata {
        do {
            return try EntryMetadata(of: open(path, in: view))
        } catch .noSuchFileOrDirectory {
            var metadata = EntryMetadata.plainDirectory
            metadata.modified = try self.metadata(path.parent ?? .root).modified
            return metadata
        }
    }

    private func open(_ path: EntryPath, in tree: SharedDirectory) throws(Errno) -> Directory {
        if path.isRoot { return try tree.directory.reopened() }
        return try tree.directory.openDirectory(beneath: path.bytes)
    }
}

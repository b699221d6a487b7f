import Linux
package import Model
import SystemPackage

/// What lies below a volume at one of its places, merged; mounted when it is first looked at.
package final class GroundView {
    private let ground: [GroundDirectory]
    private let store: LayerStore
    private var opened: SharedDirectory?

    package init(of place: MountPlace, in store: LayerStore) {
        ground = place.ground
        self.store = store
    }

    /// Nil for nothing.
    func root() throws(Failure) -> SharedDirectory? {
        if ground.isEmpty { return nil }
        if let opened { return opened }
        var lowers = try store.lowers(ground)
        if lowers.count < 2 { lowers.append(OverlayLower(store.empty)) }
        let mount = try store.mount(
            OverlaySpecification(lowers: lowers, isReadOnly: true), of: "what a volume lies on")
        let root = try storing("open what a volume lies on") { SharedDirectory(try mount.directory()) }
        opened = root
        return root
    }

    /// The first of the facts that does not hold here, with what is different in words; nil if all hold.
    package func conflict(with facts: [GroundFact]) throws(Failure) -> (path: EntryPath, words: String)? {
        for fact in facts {
            let found = try look(at: fact.path)
            switch fact {
            case .absent:
                if found != nil { return (fact.path, "was not there, and is now") }
            case .entry(_, let digest):
                guard let found else { return (fact.path, "was there, and is not now") }
                if try found.entry() != digest { return (fact.path, "is not what it was") }
            case .tree(_, let digest):
                guard let found else { return (fact.path, "was there, and is not now") }
                if try found.tree() != digest { return (fact.path, "or something in it is not what it was") }
            }
        }
        return nil
    }

    /// The entry at `path`; nil for nothing.
    func look(at path: EntryPath) throws(Failure) -> GroundEntry? {
        guard let root = try root() else { return nil }
        guard let parent = path.parent else { return GroundEntry(path, parent: root, name: Array(".".utf8)) }
        return try storing("look at \(path) below a volume") {
            do throws(Errno) {
                let directory = SharedDirectory(
                    parent.isRoot
                        ? try root.directory.reopened()
                        : try root.directory.openDirectory(beneath: parent.bytes))
                guard try directory.directory.statusIfPresent(Array(path.name)) != nil else { return nil }
                return GroundEntry(path, parent: directory, name: Array(path.name))
            } catch {
                switch error {
                case .noSuchFileOrDirectory, .notDirectory, .tooManySymbolicLinkLevels: return nil
                default: throw error
                }
            }
        }
    }
}

/// One entry below a volume, and what its facts are made of.
struct GroundEntry {
    let path: EntryPath
    private let parent: SharedDirectory
    private let name: [UInt8]

    init(_ path: EntryPath, parent: SharedDirectory, name: [UInt8]) {
        self.path = path
        self.parent = parent
        self.name = name
    }

    func kind() throws(Failure) -> FileKind {
        try storing("look at \(path) below a volume") { try parent.directory.status(name).kind }
    }

    func entry() throws(Failure) -> Digest {
        try storing("read \(path) below a volume") { try Self.digest(of: name, in: parent.directory) }
    }

    func tree() throws(Failure) -> Digest {
        guard try kind() == .directory else { return try entry() }
        let directory = try storing("open \(path) below a volume") {
            try parent.directory.openDirectory(name)
        }
        return try GroundTree.digest(of: directory, own: try entry())
    }

    /// Type, mode, owner and content; never times.
    static func digest(of name: [UInt8], in directory: borrowing Directory) throws -> Digest {
        let status = try directory.status(name)
        var hasher = FieldHasher(domain: "varve ground 1")
        hasher.add("kind", String(status.kind.rawValue))
        hasher.add("mode", String(status.mode, radix: 8))
        hasher.add("owner", "\(status.uid):\(status.gid)")
        switch status.kind {
        case .link: hasher.add("target", bytes: try directory.readLink(name))
        case .file: try add(try directory.openFile(name, [.readOnly, .nonBlocking]), to: &hasher)
        case .characterDevice, .blockDevice:
            let device = status.representedDevice
            hasher.add("device", "\(device.major):\(device.minor)")
        case .directory, .fifo, .socket: break
        }
        return hasher.finalize()
    }

    private static let piece = 128 << 10
    private static let zeroPiece = [UInt8](repeating: 0, count: piece)
    /// Pieces of zeros that are digested as any others.
    private static let fewZeros: Int64 = 512

    /// In pieces of one size, whatever the reads come to; many of zeros in a row by their number, so that holes, which have
    /// no end worth waiting for, need not be read.
    private static func add(_ file: borrowing Descriptor, to hasher: inout FieldHasher) throws(Errno) {
        let size = try file.status().size
        var offset: Int64 = 0
        var zeros: Int64 = 0
        while true {
            let hole = min(try file.nextData(from: offset) ?? size, size) - offset
            let skipped = max(0, hole / Int64(piece))
            zeros += skipped
            offset += skipped * Int64(piece)
            let bytes = try readPiece(of: file, at: offset)
            offset += Int64(bytes.count)
            if bytes.count == piece, bytes.allSatisfy({ $0 == 0 }) {
                zeros += 1
                continue
            }
            if zeros > fewZeros {
                hasher.add("zeros", String(zeros))
            } else {
                for _ in 0..<zeros { hasher.add("content", bytes: zeroPiece) }
            }
            zeros = 0
            hasher.add("content", bytes: bytes)
            if bytes.count < piece { return }
        }
    }

    /// Shorter at the file's end only.
    private static func readPiece(
        of file: borrowing Descriptor, at offset: Int64
    ) throws(Errno) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < piece {
            let more = try file.read(upTo: piece - bytes.count, at: offset + Int64(bytes.count))
            if more.isEmpty { break }
            bytes += more
        }
        return bytes
    }
}

/// A directory with everything below it.
private struct GroundTree: TreeVisitor {
    typealias Level = TreeDirectory

    private var state: Digest

    static func digest(of root: borrowing Directory, own: Digest) throws(Failure) -> Digest {
        var tree = GroundTree(state: own)
        let top = try storing("open what a volume lies on") { TreeDirectory(root: try root.reopened()) }
        try tree.walk(from: top, action: "read what a volume lies on")
        return tree.state
    }

    mutating func enter(_ level: Level) throws -> [[UInt8]] {
        try level.opened().directory.entryNames().sorted { $0.lexicographicallyPrecedes($1) }
    }

    mutating func visit(_ name: [UInt8], of level: Level) throws -> Level? {
        let opened = try level.opened()
        var hasher = FieldHasher(domain: "varve ground tree 1")
        hasher.add("before", state)
        hasher.add("path", bytes: level.path.appending(name).bytes)
        hasher.add("entry", try GroundEntry.digest(of: name, in: opened.directory))
        state = hasher.finalize()
        guard try opened.directory.status(name).kind == .directory else { return nil }
        return try level.child(name)
    }
}

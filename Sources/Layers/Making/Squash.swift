import Linux
import Model
import SystemPackage

/// Merges a chain of layers into one that, on the same view below, is seen as the chain is.
///
/// The difference of two views, not a union of directories:
/// - The uppermost entry of a name decides. A directory merges with the directories of that name in the
///   layers below it, down to the first whiteout, other entry, or opaque directory; if the chain cuts it off
///   so, the merged directory is opaque, also where no layer's own is (a new directory over a whiteout).
/// - A whiteout is kept only where the view below has something it hides. Over nothing it would show up as a
///   name that can't be looked up.
///
/// Entries other than directories are hard links to those of the chain.
struct Squash: TreeVisitor {
    final class Level: TreeLevel {
        /// The chain's directories that merge here, uppermost first.
        let layers: [TreeDirectory]
        let target: TreeDirectory
        let below: Below
        var merging: [[UInt8]: Merge] = [:]
        var path: EntryPath { target.path }

        init(layers: [TreeDirectory], target: TreeDirectory, below: Below) {
            self.layers = layers
            self.target = target
            self.below = below
        }

        func suspend() {
            layers.forEach { $0.suspend() }
            target.suspend()
            if case .directory(let directory) = below { directory.suspend() }
        }
    }

    /// What shows through a directory of the chain.
    enum Below {
        case nothing
        case directory(TreeDirectory)
        /// It is not known; there may be something under every name.
        case anything
    }

    /// Directories below the root that hold whiteouts although it is not known what those hide.
    private var unsure: [EntryPath] = []

    /// What the chain has to say of one name, from its uppermost entry down.
    struct Merge {
        var content: Content
        /// A lower layer of the chain, or the view below, can still add to it.
        var isOpen: Bool

        enum Content {
            case whiteout
            case entry(layer: Int)
            case directory(layers: [Int])
        }
    }

    /// Each level holds as many descriptors as there are layers.
    static var openLevels: Int { 4 }

    /// - Parameters:
    ///   - chain: uppermost first.
    ///   - target: a new, empty directory on the same file system.
    ///   - below: the merged view the chain lies on; `nil` for nothing.
    static func merge(
        _ chain: [SharedDirectory], into target: borrowing Directory, over below: SharedDirectory?
    ) throws(Failure) {
        let root = try storing("open the layers to squash") {
            Level(
                layers: try chain.map { TreeDirectory(root: try $0.directory.reopened()) },
                target: TreeDirectory(root: try target.reopened()),
                below: try below.map { .directory(TreeDirectory(root: try $0.directory.reopened())) }
                    ?? .nothing)
        }
        var squash = Squash()
        try squash.walk(from: root, action: "squash layers")
    }

    /// As `merge(_:into:over:)` over a view that is not known, and may be another one each time: every whiteout is
    /// kept that is not cut off from what is below.
    ///
    /// - Returns: the directories that need one of their name below them, parents before children. The kernel
    ///   takes whiteouts for names only in directories that don't merge with another.
    static func merge(
        _ chain: [SharedDirectory], into target: borrowing Directory
    ) throws(Failure) -> [EntryPath] {
        let root = try storing("open the layers to squash") {
            Level(
                layers: try chain.map { TreeDirectory(root: try $0.directory.reopened()) },
                target: TreeDirectory(root: try target.reopened()), below: .anything)
        }
        var squash = Squash()
        try squash.walk(from: root, action: "squash layers")
        return squash.unsure
    }

    mutating func enter(_ level: Level) throws -> [[UInt8]] {
        var merging: [[UInt8]: Merge] = [:]
        for (index, layer) in level.layers.enumerated() {
            let opened = try layer.opened()
            try opened.directory.visitEntries { name in
                let name = name.bytes
                if let merge = merging[name], !merge.isOpen { return }
                try add(name, of: opened.directory, index, to: &merging[name])
            }
        }
        var subdirectories: [[UInt8]] = []
        var hidesUnknown = false
        for (name, merge) in merging {
            switch merge.content {
            case .whiteout: hidesUnknown = try hide(name, in: level) || hidesUnknown
            case .entry(let index):
                let source = try level.layers[index].opened()
                try EntryCopy.link(name, from: source.directory, into: level.target.opened().directory)
            case .directory:
                level.merging[name] = merge
                subdirectories.append(name)
            }
        }
        if hidesUnknown, !level.path.isRoot { unsure.append(level.path) }
        return subdirectories
    }

    private func add(
        _ name: [UInt8], of layer: borrowing Directory, _ index: Int, to merge: inout Merge?
    ) throws(Errno) {
        let status = try layer.status(name)
        guard status.kind == .directory else {
            if merge == nil {
                merge = Merge(content: status.isWhiteout ? .whiteout : .entry(layer: index), isOpen: false)
            } else {
                // Hides all further below from the directory that lies over it.
                merge?.isOpen = false
            }
            return
        }
        let isOpen = try !layer.isOpaque(name)
        if case .directory(let layers)? = merge?.content {
            merge = Merge(content: .directory(layers: layers + [index]), isOpen: isOpen)
        } else {
            merge = Merge(content: .directory(layers: [index]), isOpen: isOpen)
        }
    }

    /// Whether it is hidden without knowing that it is there.
    private func hide(_ name: [UInt8], in level: Level) throws -> Bool {
        switch level.below {
        case .nothing: return false
        case .directory(let below):
            guard try below.opened().directory.statusIfPresent(name) != nil else { return false }
            try level.target.opened().directory.createWhiteout(name)
            return false
        case .anything:
            try level.target.opened().directory.createWhiteout(name)
            return true
        }
    }

    mutating func visit(_ name: [UInt8], of level: Level) throws -> Level? {
        guard let merge = level.merging.removeValue(forKey: name), case .directory(let layers) = merge.content
        else { return nil }
        try level.target.opened().directory.createDirectory(name)
        let target = try level.target.child(name)
        // Below a directory that is cut off, everything is.
        if !merge.isOpen, !level.below.isNothing { try target.opened().directory.setOpaque() }
        return Level(
            layers: try layers.map { try level.layers[$0].child(name) }, target: target,
            below: merge.isOpen ? try level.below.child(name) : .nothing)
    }

    mutating func leave(_ level: Level, parent: Level?) throws {
        // Last, for its times: the uppermost directory is the one that is seen.
        let metadata = try EntryMetadata(of: level.layers[0].opened().directory)
        try metadata.apply(to: level.target.opened().directory.descriptor)
    }
}

extension Squash.Below {
    fileprivate var isNothing: Bool {
        if case .nothing = self { true } else { false }
    }

    /// What shows through the directory `name`.
    fileprivate func child(_ name: [UInt8]) throws -> Squash.Below {
        switch self {
        case .nothing: return .nothing
        case .anything: return .anything
        case .directory(let directory):
            guard try directory.opened().directory.statusIfPresent(name)?.kind == .directory else {
                return .nothing
            }
            return .directory(try directory.child(name))
        }
    }
}

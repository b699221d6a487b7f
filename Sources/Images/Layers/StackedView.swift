import Archives
import Layers
import Linux
import Model
import SystemPackage

/// What the layers below one that is unpacked show, mounted when it is first asked for.
final class StackedView: LowerTree {
    private let references: [LayerReference]
    private let store: LayerStore
    private var view: LayerView?

    /// - Parameter layers: the lowest first.
    init(_ layers: [LayerID], in store: LayerStore) {
        references = layers.reversed().map { LayerReference($0) }
        self.store = store
    }

    /// Whether a layer that says nothing of the topmost directory comes out the same here as on nothing.
    func hasPlainRoot() throws(Failure) -> Bool {
        guard !references.isEmpty, var root = try directory(at: .root) else { return true }
        root.modified = ArchiveMetadata.implicitDirectory.modified
        return root == .implicitDirectory
    }

    func directory(at path: EntryPath) throws(Failure) -> ArchiveMetadata? {
        guard let directory = try open(path) else { return nil }
        return try reading(path) { () throws(Errno) in try ArchiveMetadata(of: directory) }
    }

    func hasEntry(at path: EntryPath) throws(Failure) -> Bool {
        guard let parent = path.parent, let directory = try open(parent) else { return false }
        return try reading(path) { () throws(Errno) in try directory.statusIfPresent(path.name) != nil }
    }

    func rootNames() throws(Failure) -> [[UInt8]] {
        guard let root = try open(.root) else { return [] }
        return try reading(.root) { () throws(Errno) in try root.entryNames() }
    }

    /// The directory at `path`; nil where there is none, or only through a link.
    private func open(_ path: EntryPath) throws(Failure) -> Directory? {
        if references.isEmpty { return nil }
        let root = try root()
        do throws(Errno) {
            return try path.isRoot
                ? root.directory.reopened() : root.directory.openDirectory(beneath: path.bytes)
        } catch {
            switch error {
            case .noSuchFileOrDirectory, .notDirectory, .tooManySymbolicLinkLevels: return nil
            default: throw Failure.storage(error, "read ‘\(path)’ of the layers below")
            }
        }
    }

    private func root() throws(Failure) -> SharedDirectory {
        if let view { return view.root }
        let view = try LayerView(of: references, in: store)
        self.view = view
        return view.root
    }

    private func reading<T>(_ path: EntryPath, _ body: () throws(Errno) -> T) throws(Failure) -> T {
        try calling(body) { error in Failure.storage(error, "read ‘\(path)’ of the layers below") }
    }
}

extension ArchiveMetadata {
    /// What a directory of the store has, an overlay's own marks left out.
    fileprivate init(of directory: borrowing Directory) throws(Errno) {
        var attributes: [String: [UInt8]] = [:]
        for name in try directory.descriptor.attributeNames() where !name.hasPrefix("trusted.") {
            attributes[name] = try directory.descriptor.attribute(name)
        }
        self.init(try directory.status(), attributes: attributes)
    }
}

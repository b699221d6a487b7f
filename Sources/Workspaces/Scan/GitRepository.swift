import Linux
import Model
import SystemPackage

/// A git repository met on a walk, for what it tracks. Reads as the caller, and runs nothing.
final class GitRepository {
    /// Where in a path the part below the repository's directory begins.
    let base: Int
    private let index: Descriptor?
    private var parsed: GitIndex?
    /// The directory of the index, for the part of a split one.
    private let directory: SharedDirectory?
    private let memory: GitIndexMemory

    init(base: Int, directory: SharedDirectory?, index: consuming Descriptor?, memory: GitIndexMemory) {
        self.base = base
        self.directory = directory
        self.index = index
        self.memory = memory
    }

    deinit { if let parsed { memory.giveBack(parsed.bytes) } }

    /// What it knows of a path from the walk's root. An index is read when the first question comes.
    func tracking(_ path: [UInt8]) -> IgnoreRules.Tracking {
        guard let index = try? loaded() else { return .untracked }
        return index.tracking(path[min(base, path.count)...])
    }

    /// - Throws: `GitIndex.Problem`, `Errno`.
    func loaded() throws -> GitIndex? {
        if let parsed { return parsed }
        guard let file = try readIndex() else { return nil }
        try memory.take(file.bytes)
        parsed = file
        return file
    }

    private func readIndex() throws -> GitIndex? {
        guard let bytes = try index?.readAll(limit: GitIndex.mostBytes) else { return nil }
        var parsed = try GitIndex(bytes)
        guard let base = parsed.sharedBase, let directory else { return parsed }
        // What a split index takes away again is not looked at: at worst a path counts as tracked for longer.
        let name = "sharedindex." + base.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        guard let shared = try directory.directory.openRegularFile(beneath: name) else { return parsed }
        parsed.add(try GitIndex(shared.readAll(limit: GitIndex.mostBytes)))
        return parsed
    }
}

/// What the indexes of all repositories around one directory may take: a few bytes of a file can stand for many, and
/// repositories lie in each other.
final class GitIndexMemory {
    private var left = GitIndex.mostBytes

    func take(_ bytes: Int) throws(GitIndex.Problem) {
        guard bytes <= left else { throw .tooLarge }
        left -= bytes
    }

    func giveBack(_ bytes: Int) { left += bytes }
}

/// Finds the directory behind a `.git`, which may be a file that names it.
struct GitDirectoryFinder {
    /// The workspace's root.
    let root: SharedDirectory
    /// The caller's `/`, for worktrees whose repository lies elsewhere; without it they count as untracked.
    let view: SharedDirectory?

    struct Found {
        let directory: SharedDirectory
        /// Where `info/exclude` lies; another one for worktrees.
        let common: SharedDirectory
    }

    /// - Parameter path: of `parent`, from the workspace's root. Nil where there is no repository the caller can read.
    func find(in parent: borrowing Directory, path: [UInt8]) -> Found? {
        if let directory = try? parent.openDirectory(".git") {
            let shared = SharedDirectory(directory)
            return Found(directory: shared, common: shared)
        }
        guard let file = try? parent.openRegularFile(beneath: ".git"),
            let text = try? file.readAll(limit: 8192), text.starts(with: GitDirectoryFinder.prefix)
        else { return nil }
        let target = GitDirectoryFinder.line(text.dropFirst(GitDirectoryFinder.prefix.count))
        if target.first != UInt8(ascii: "/") {
            // Of a submodule: within the workspace, or not at all.
            let inside = path + [UInt8(ascii: "/")] + target
            guard let directory = try? root.directory.openDirectory(beneath: inside) else { return nil }
            let shared = SharedDirectory(directory)
            return Found(directory: shared, common: shared)
        }
        return worktree(target)
    }

    private func worktree(_ target: [UInt8]) -> Found? {
        guard let directory = open(target) else { return nil }
        guard let file = try? directory.directory.openRegularFile(beneath: "commondir"),
            let text = try? file.readAll(limit: 8192)
        else { return Found(directory: directory, common: directory) }
        let common = GitDirectoryFinder.line(text[...])
        let path = common.first == UInt8(ascii: "/") ? common : target + [UInt8(ascii: "/")] + common
        return Found(directory: directory, common: open(path) ?? directory)
    }

    private func open(_ absolute: [UInt8]) -> SharedDirectory? {
        let inside = Array(absolute.drop { $0 == UInt8(ascii: "/") })
        guard let view,
            let opened = try? view.directory.openDirectory(
                beneath: inside, resolve: [.inRoot, .noMagicLinks])
        else { return nil }
        return SharedDirectory(opened)
    }

    private static let prefix = Array("gitdir: ".utf8)

    private static func line(_ text: ArraySlice<UInt8>) -> [UInt8] {
        Array(text.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") })
    }
}

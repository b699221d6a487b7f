import Linux
import SystemPackage

/// One thing a step does to a tree; applied to two equal trees it leaves two equal trees.
enum StepOperation: Hashable {
    case write(String, String)
    case append(String, String)
    case delete(String)
    case move(String, String)
    case chmod(String, UInt32)
    case chown(String, UInt32)
    case symlink(String, String)
    case makeDirectory(String)
    /// `rm -rf` and `mkdir`, with one new file in it.
    case recreate(String, String)
    case hardLink(String, String)
    case setAttribute(String, String)
    case fifo(String)

    /// Applies it, and gives everything whose time the kernel has set the time `seconds`.
    func apply(to root: borrowing Directory, seconds: Int64? = nil) throws {
        switch self {
        case .write(let path, let text): try root.write(path, text)
        case .append(let path, let text): try root.append(path, text)
        case .delete(let path): try root.delete(path)
        case .move(let path, let newPath): try root.move(path, newPath)
        case .chmod(let path, let mode): try root.chmod(path, mode)
        case .chown(let path, let owner): try root.chown(path, owner, owner)
        case .symlink(let target, let path): try root.symlink(target, path)
        case .makeDirectory(let path): try root.makeDirectory(path)
        case .recreate(let path, let text):
            try root.delete(path)
            try root.makeDirectory(path)
            try root.write(path + "/again", text)
            if let seconds { try root.touch(path + "/again", seconds: seconds) }
        case .hardLink(let path, let newPath): try root.link(path, newPath)
        case .setAttribute(let path, let value): try root.setAttribute(path, "user.test", value)
        case .fifo(let path):
            let (parent, name) = try root.parent(of: path)
            try parent.directory.createNode(name, kind: .fifo, mode: 0o600)
        }
        if let seconds { for path in stamped { try root.touch(path, seconds: seconds) } }
    }

    /// The paths it names.
    var paths: [String] {
        switch self {
        case .write(let path, _), .append(let path, _), .delete(let path), .chmod(let path, _),
            .chown(let path, _), .symlink(_, let path), .makeDirectory(let path), .recreate(let path, _),
            .setAttribute(let path, _), .fifo(let path):
            [path]
        case .move(let path, let newPath), .hardLink(let path, let newPath): [path, newPath]
        }
    }

    /// Entries whose modification time it changes, before the directories they are in.
    private var stamped: [String] {
        switch self {
        case .chmod, .chown, .setAttribute: []
        case .append(let path, _): [path]
        case .delete(let path): [parent(path)]
        case .move(let path, let newPath): [parent(path), parent(newPath)]
        case .hardLink(_, let path): [parent(path)]
        case .write(let path, _), .symlink(_, let path), .makeDirectory(let path), .recreate(let path, _),
            .fifo(let path):
            [path, parent(path)]
        }
    }

    private func parent(_ path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
    }
}

/// What there is in a tree, as far as choosing an operation needs it.
struct TreeSketch {
    var files: [String] = []
    /// Files that have one name: the others' fate in an overlay depends on which layer they are in.
    var singleFiles: [String] = []
    var links: [String] = []
    /// Without the root.
    var directories: [String] = []
    var modes: [String: UInt32] = [:]

    init(of root: borrowing Directory) throws { try add(root, at: "") }

    private mutating func add(_ directory: borrowing Directory, at prefix: String) throws {
        for name in try directory.entryNames().sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            let path = prefix + String(decoding: name, as: UTF8.self)
            let status = try directory.status(name)
            modes[path] = status.mode
            switch status.kind {
            case .directory:
                directories.append(path)
                try add(directory.openDirectory(name), at: path + "/")
            case .file:
                files.append(path)
                if status.links == 1 { singleFiles.append(path) }
            case .link: links.append(path)
            default: files.append(path)
            }
        }
    }

    func contains(_ path: String) -> Bool { modes[path] != nil }
}

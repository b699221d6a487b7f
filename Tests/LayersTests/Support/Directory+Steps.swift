import Linux
import SystemPackage

/// What steps do, as tests write it down: paths below a directory, links on the way not followed.
extension Directory {
    func parent(of path: String) throws -> (directory: SharedDirectory, name: String) {
        var names = path.split(separator: "/").map(String.init)
        let name = names.removeLast()
        let parent = names.isEmpty ? try reopened() : try openDirectory(beneath: names.joined(separator: "/"))
        return (SharedDirectory(parent), name)
    }

    /// Writes the whole of a file, new or not, in place.
    func write(_ path: String, _ text: String) throws {
        let file = try openBeneath(path, [.readWrite, .create, .truncate], mode: 0o644)
        try file.writeAll(Array(text.utf8))
    }

    func append(_ path: String, _ text: String) throws {
        let file = try openBeneath(path, [.writeOnly, .append])
        try file.writeAll(Array(text.utf8))
    }

    func read(_ path: String) throws -> String {
        String(decoding: try openBeneath(path).readAll(limit: 1 << 24), as: UTF8.self)
    }

    func makeDirectory(_ path: String) throws {
        let (parent, name) = try parent(of: path)
        try parent.directory.createDirectory(name)
        try parent.directory.setMode(name, 0o755)
    }

    func delete(_ path: String) throws {
        let (parent, name) = try parent(of: path)
        try parent.directory.removeTree(name)
    }

    func move(_ path: String, _ newPath: String) throws {
        let (parent, name) = try parent(of: path)
        let (newParent, newName) = try self.parent(of: newPath)
        try parent.directory.rename(name, to: newParent.directory, as: newName)
    }

    func link(_ path: String, _ newPath: String) throws {
        let (parent, name) = try parent(of: path)
        let (newParent, newName) = try self.parent(of: newPath)
        try parent.directory.createHardLink(to: name, in: newParent.directory, as: newName)
    }

    func symlink(_ target: String, _ path: String) throws {
        let (parent, name) = try parent(of: path)
        try parent.directory.createLink(name, target: target)
    }

    func chmod(_ path: String, _ mode: UInt32) throws {
        let (parent, name) = try parent(of: path)
        try parent.directory.setMode(name, mode)
    }

    func chown(_ path: String, _ uid: UInt32, _ gid: UInt32) throws {
        let (parent, name) = try parent(of: path)
        try parent.directory.setOwner(name, uid: uid, gid: gid)
    }

    func touch(_ path: String, seconds: Int64) throws {
        if path.isEmpty { return try descriptor.setModified(seconds * 1_000_000_000) }
        let (parent, name) = try parent(of: path)
        try parent.directory.setModified(name, seconds * 1_000_000_000)
    }

    func setAttribute(_ path: String, _ attribute: String, _ value: String) throws {
        let (parent, name) = try parent(of: path)
        try parent.directory.setAttribute(attribute, to: Array(value.utf8), of: name)
    }

    func exists(_ path: String) throws -> Bool {
        let (parent, name) = try parent(of: path)
        return try parent.directory.statusIfPresent(name) != nil
    }
}

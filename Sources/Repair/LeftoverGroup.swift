import Glibc
import Linux
import SystemPackage

/// A control group of a store's step, in one hierarchy.
struct LeftoverGroup {
    let path: String
    /// Of the step or lease.
    let name: String

    private static let root = "/sys/fs/cgroup"

    /// Those of all hierarchies.
    static func all(of storeID: String) -> [LeftoverGroup] {
        let names = (try? Directory(opening: root).entryNames()) ?? []
        let hierarchies = [root] + names.map { "\(root)/\(String(decoding: $0, as: UTF8.self))" }
        return hierarchies.flatMap { hierarchy in
            let parent = "\(hierarchy)/varve/\(storeID)"
            return children(of: parent).map { LeftoverGroup(path: "\(parent)/\($0)", name: $0) }
        }
    }

    /// Some process is in it or below.
    var isOccupied: Bool { Self.isOccupied(path) }

    /// Removes it with those below; not while a process is in one.
    func remove() -> Bool { Self.remove(path) }

    private static func children(of path: String) -> [String] {
        guard let group = try? Directory(opening: path, following: false) else { return [] }
        var children: [String] = []
        try? group.visitEntries { name in
            if try group.status(name).kind == .directory {
                children.append(String(decoding: name.bytes, as: UTF8.self))
            }
        }
        return children
    }

    private static func isOccupied(_ path: String) -> Bool {
        let members = try? Descriptor.openFile("\(path)/cgroup.procs").readAll(limit: 1 << 20)
        if members?.isEmpty == false { return true }
        return children(of: path).contains { isOccupied("\(path)/\($0)") }
    }

    private static func remove(_ path: String) -> Bool {
        for child in children(of: path) where !remove("\(path)/\(child)") { return false }
        // SAFETY: the path is used by the call only.
        return unsafe rmdir(path) == 0 || errno == ENOENT
    }
}

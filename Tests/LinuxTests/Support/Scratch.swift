import Glibc
import Linux
import SystemPackage

/// A directory of a test's own, with everything below unmounted and removed at the end of its life.
struct Scratch: ~Copyable {
    let path: String
    let directory: Directory

    init() throws {
        path = "/tmp/varve-linux-\(UInt64.random(in: 0...UInt64.max))"
        let parent = try Directory(opening: "/tmp")
        let name = String(path.dropFirst("/tmp/".count))
        try parent.createDirectory(name)
        directory = try parent.openDirectory(name)
    }

    deinit {
        // A test that failed half-way left its mounts; the innermost go first.
        let mounts = try? Descriptor.openFile("/proc/self/mounts").readAll(limit: 1 << 22)
        for line in String(decoding: mounts ?? [], as: UTF8.self).split(separator: "\n").reversed() {
            let target = line.split(separator: " ")[1]
            if target == path || target.hasPrefix(path + "/") {
                // SAFETY: the string outlives the call.
                _ = unsafe umount2(String(target), CInt(MNT_DETACH))
            }
        }
        try? Directory(opening: "/tmp").removeTree(String(path.dropFirst("/tmp/".count)))
    }

    func path(_ name: String) -> String { path + "/" + name }

    func makeDirectory(_ name: String) throws -> Directory {
        try directory.createDirectory(name)
        return try directory.openDirectory(name)
    }

    func write(_ name: String, _ text: String) throws { try directory.write(name, text) }

    func read(_ name: String) throws -> String { try directory.read(name) }
}

extension Directory {
    func write(_ name: String, _ text: String) throws {
        let file = try openBeneath(name, [.readWrite, .create, .truncate], mode: 0o644)
        try file.writeAll(Array(text.utf8))
    }

    func read(_ name: String) throws -> String {
        String(decoding: try openBeneath(name).readAll(limit: 1 << 20), as: UTF8.self)
    }
}

/// Errors as values, for comparing.
func errno(_ body: () throws -> Void) -> Errno? {
    do {
        try body()
        return nil
    } catch {
        return error as? Errno
    }
}

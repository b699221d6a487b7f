import Glibc
import Linux
import SystemPackage

/// A directory of a test's own, with everything below unmounted and removed at the end of its life.
final class Scratch: Sendable {
    let path: String
    let directory: Directory

    init() throws {
        path = "/tmp/varve-workspaces-\(UInt64.random(in: 0...UInt64.max))"
        let parent = try Directory(opening: "/tmp")
        let name = String(path.dropFirst("/tmp/".count))
        try parent.createDirectory(name, mode: 0o755)
        directory = try parent.openDirectory(name)
    }

    deinit {
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

    func makeDirectory(_ name: String) throws -> Directory {
        try directory.createDirectory(name, mode: 0o755)
        return try directory.openDirectory(name)
    }

    /// Runs a shell script in this directory and answers what it printed; anything but success is an error.
    @discardableResult
    func sh(_ script: String, in subdirectory: String = ".") throws -> [UInt8] {
        try Shell.run("cd '\(path)/\(subdirectory)' && " + script)
    }
}

enum Shell {
    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    /// Runs `sh -c` and answers its standard output.
    static func run(_ script: String) throws -> [UInt8] {
        let outputName = "varve-output-\(UInt64.random(in: 0...UInt64.max))"
        let output = "/tmp/" + outputName
        let place = try Directory(opening: "/tmp")
        defer {
            try? place.remove(outputName)
            try? place.remove(outputName + ".err")
        }
        let arguments = ["sh", "-c", "{ \(script)\n} > \(output) 2> \(output).err"]
        var pid = pid_t()
        // SAFETY: the copies are freed below.
        var copies: [UnsafeMutablePointer<CChar>?] = unsafe arguments.map { unsafe strdup($0) }
        unsafe copies.append(nil)
        // SAFETY: nobody uses them afterwards.
        defer { unsafe copies.forEach { unsafe free($0) } }
        // SAFETY: as above.
        let error = unsafe posix_spawnp(&pid, "sh", nil, nil, copies, environ)
        if error != 0 { throw Errno(rawValue: error) }
        var status: CInt = 0
        // SAFETY: the variable outlives the call.
        while unsafe waitpid(pid, &status, 0) < 0 {}
        guard status == 0 else {
            let problem = try Descriptor.openFile(output + ".err").readAll(limit: 1 << 20)
            throw Failed(
                description: "‘\(script)’ ended with \(status): " + String(decoding: problem, as: UTF8.self))
        }
        return try Descriptor.openFile(output).readAll(limit: 1 << 28)
    }
}

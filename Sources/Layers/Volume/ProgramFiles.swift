package import Linux
package import Model
import SystemPackage

/// The files without which a program does not start: itself, the links on the way to it, and its loader.
package enum ProgramFiles {
    /// Links on one path, as many as the kernel follows.
    private static let mostLinks = 40
    /// A loader has none, and a script's interpreter may be a script.
    private static let mostSteps = 4

    /// - Parameter root: of the file system that the program is started in; links don't lead out of it.
    /// - Returns: nothing for a program that is not there.
    package static func find(_ program: String, searchPath: String, in root: SharedDirectory) -> [EntryPath] {
        for directory in searchPath.split(separator: ":") {
            let trace = follow(Array("\(directory)/\(program)".utf8), in: root)
            guard trace.file != nil else { continue }
            return complete(trace, in: root)
        }
        return []
    }

    private struct Trace {
        var paths: [EntryPath] = []
        var file: EntryPath?
    }

    private static func complete(_ first: Trace, in root: SharedDirectory) -> [EntryPath] {
        var found = first.paths
        var next = first.file
        for _ in 0..<mostSteps {
            guard let file = next, let helper = interpreter(of: file, in: root) else { break }
            let trace = follow(helper, in: root)
            found += trace.paths
            next = trace.file
        }
        return found
    }

    /// Every link on the way, and the file at its end.
    private static func follow(_ path: [UInt8], in root: SharedDirectory) -> Trace {
        var trace = Trace()
        var rest = parts(path)
        var walked: [[UInt8]] = []
        var links = 0
        while let name = rest.popLast() {
            if name.elementsEqual("..".utf8) {
                _ = walked.popLast()
                continue
            }
            let here = EntryPath(unchecked: Array((walked + [name]).joined(separator: [UInt8(ascii: "/")])))
            guard let parent = open(walked, in: root),
                let status = (try? parent.statusIfPresent(name)) ?? nil
            else { return trace }
            guard status.kind == .link else {
                walked.append(name)
                if rest.isEmpty, status.kind == .file {
                    trace.paths.append(here)
                    trace.file = here
                }
                continue
            }
            trace.paths.append(here)
            links += 1
            guard links <= mostLinks, let target = try? parent.readLink(name) else { return trace }
            if target.first == UInt8(ascii: "/") { walked = [] }
            rest += parts(target)
        }
        return trace
    }

    /// The last one first.
    private static func parts(_ path: [UInt8]) -> [[UInt8]] {
        path.split(separator: UInt8(ascii: "/")).map { Array($0) }
            .filter { !$0.elementsEqual(".".utf8) }.reversed()
    }

    private static func open(_ components: [[UInt8]], in root: SharedDirectory) -> Directory? {
        if components.isEmpty { return try? root.directory.reopened() }
        return try? root.directory.openDirectory(
            beneath: Array(components.joined(separator: [UInt8(ascii: "/")])))
    }

    // MARK: - What starts a file

    private static let longestName = 4096

    private static func interpreter(of path: EntryPath, in root: SharedDirectory) -> [UInt8]? {
        guard
            let file = try? root.directory.openRegularFile(beneath: path.bytes),
            let head = try? file.read(upTo: 256, at: 0)
        else { return nil }
        if head.starts(with: "#!".utf8) {
            let line = head.dropFirst(2).prefix { $0 != UInt8(ascii: "\n") }
            return line.split(whereSeparator: { $0 == 0x20 || $0 == 0x09 }).first.map { Array($0) }
        }
        return loader(head, file)
    }

    /// `PT_INTERP` of an ELF file (System V ABI, chapter 5), little-endian.
    private static func loader(_ head: [UInt8], _ file: borrowing Descriptor) -> [UInt8]? {
        guard head.count >= 64, head.starts(with: [0x7F, 0x45, 0x4C, 0x46]), head[5] == 1 else { return nil }
        let isWide = head[4] == 2
        func number(_ bytes: [UInt8], at place: Int, _ width: Int) -> Int64 {
            guard place + width <= bytes.count else { return 0 }
            return bytes[place..<place + width].reversed().reduce(0) { $0 << 8 | Int64($1) }
        }
        let table = isWide ? number(head, at: 32, 8) : number(head, at: 28, 4)
        let size = Int(number(head, at: isWide ? 54 : 42, 2))
        let count = Int(number(head, at: isWide ? 56 : 44, 2))
        guard table > 0, size >= 32, size <= 256, count <= 256,
            let headers = try? file.read(upTo: size * count, at: table)
        else { return nil }
        for index in 0..<count where number(headers, at: index * size, 4) == 3 {
            let offset = number(headers, at: index * size + (isWide ? 8 : 4), isWide ? 8 : 4)
            let length = number(headers, at: index * size + (isWide ? 32 : 16), isWide ? 8 : 4)
            guard offset > 0, length > 1, length <= longestName,
                let name = try? file.read(upTo: Int(length), at: offset)
            else { return nil }
            return Array(name.prefix { $0 != 0 })
        }
        return nil
    }
}

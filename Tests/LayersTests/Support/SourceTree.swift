import Linux
import Model
import SystemPackage
import TestSupport

/// A revision of a workspace in memory: written as a layer, and as the manifest of it.
struct SourceTree: Equatable {
    indirect enum Node: Equatable {
        case file(String, mode: UInt32)
        case link(String)
        case directory(mode: UInt32, [String: Node])
    }

    var mode: UInt32 = 0o755
    var entries: [String: Node] = [:]
    /// Modification time of everything, in seconds.
    var time: Int64 = 1_000

    init(_ entries: [String: Node] = [:]) { self.entries = entries }

    func write(to root: borrowing Directory) throws {
        try Self.write(entries, to: root, time)
        try root.descriptor.setMode(mode)
        try root.descriptor.setModified(time * 1_000_000_000)
    }

    private static func write(
        _ entries: [String: Node], to directory: borrowing Directory, _ time: Int64
    ) throws {
        for (name, node) in entries {
            switch node {
            case .file(let text, let mode):
                let file = try directory.createFile(name)
                try file.writeAll(Array(text.utf8))
                try file.setMode(mode)
            case .link(let target): try directory.createLink(name, target: target)
            case .directory(let mode, let inner):
                try directory.createDirectory(name)
                try write(inner, to: directory.openDirectory(name), time)
                try directory.setMode(name, mode)
            }
            try directory.setModified(name, time * 1_000_000_000)
        }
    }

    var manifest: Manifest {
        var builder = ManifestBuilder(rootMode: UInt16(mode))
        Self.add(entries, to: &builder)
        return builder.finish()
    }

    private static func add(_ entries: [String: Node], to builder: inout ManifestBuilder) {
        for (name, node) in entries {
            switch node {
            case .file(let text, let mode):
                builder.addFile(
                    name.utf8, mode: UInt16(mode), size: Int64(text.utf8.count),
                    content: Digest(of: text.utf8))
            case .link(let target): builder.addLink(name.utf8, target: Digest(of: target.utf8))
            case .directory(let mode, let inner):
                builder.beginDirectory(name.utf8, mode: UInt16(mode))
                add(inner, to: &builder)
                builder.endDirectory()
            }
        }
    }
}

extension SourceTree.Node {
    static func file(_ text: String) -> SourceTree.Node { .file(text, mode: 0o644) }
    static func directory(_ entries: [String: SourceTree.Node]) -> SourceTree.Node {
        .directory(mode: 0o755, entries)
    }
}

package import Linux
import SystemPackage

/// Everything that can be seen in a tree, for comparing two of them.
package struct TreeListing: Equatable {
    package struct Entry: Hashable {
        package var kind: FileKind
        package var mode: UInt32
        package var uid: UInt32
        package var gid: UInt32
        /// A file's bytes or a link's target.
        package var content: [UInt8]
        package var device: DeviceNumber
        package var modified: Int64
        package var attributes: [String: [UInt8]]
        /// Names of the file; 1 for directories.
        package var links: UInt32
    }

    /// By path, the root under the empty one.
    package private(set) var entries: [String: Entry] = [:]

    package init(of root: borrowing Directory) throws {
        entries[""] = try Self.entry(".", in: root)
        try add(root, at: "")
    }

    private mutating func add(_ directory: borrowing Directory, at prefix: String) throws {
        for name in try directory.entryNames() {
            let path = prefix + String(decoding: name, as: UTF8.self)
            let entry = try Self.entry(name, in: directory)
            entries[path] = entry
            if entry.kind == .directory { try add(directory.openDirectory(name), at: path + "/") }
        }
    }

    private static func entry(
        _ name: borrowing some PathBytes & ~Copyable, in directory: borrowing Directory
    ) throws -> Entry {
        let status = try directory.status(name)
        var attributes: [String: [UInt8]] = [:]
        for attribute in try directory.attributeNames(of: name) {
            attributes[attribute] = try directory.attribute(attribute, of: name)
        }
        let content: [UInt8] =
            switch status.kind {
            case .file: try directory.openFile(name).readAll(limit: 1 << 24)
            case .link: try directory.readLink(name)
            default: []
            }
        return Entry(
            kind: status.kind, mode: status.mode, uid: status.uid, gid: status.gid, content: content,
            device: status.representedDevice, modified: status.modified, attributes: attributes,
            links: status.kind == .directory ? 1 : status.links)
    }

    package var paths: [String] { entries.keys.filter { !$0.isEmpty }.sorted() }

    package func text(_ path: String) -> String? {
        entries[path].map { String(decoding: $0.content, as: UTF8.self) }
    }

    package mutating func remove(_ path: String) { entries[path] = nil }

    package func without(times: Bool = false, links: Bool = false) -> TreeListing {
        var copy = self
        for path in entries.keys {
            if times { copy.entries[path]?.modified = 0 }
            if links { copy.entries[path]?.links = 0 }
        }
        return copy
    }

    /// The paths that differ, with both sides.
    package func differences(from other: TreeListing) -> [String] {
        Set(entries.keys).union(other.entries.keys).sorted().compactMap { path in
            let (mine, theirs) = (entries[path], other.entries[path])
            if mine == theirs { return nil }
            func text(_ entry: Entry?) -> String { entry.map { "\($0)" } ?? "nothing" }
            return "\(path): \(text(mine)) ≠ \(text(theirs))"
        }
    }
}

import Linux
import Model

/// A tree as some pass read it: the manifest, and beside every node what `stat` said.
///
/// An object, since a walk asks it for every entry: a copy of the value would count references of each of its arrays.
final class KnownTree: Sendable {
    let manifest: Manifest
    /// Parallel to the manifest's nodes.
    let records: [StatRecord]
    /// Rule files and repositories, by the directory they lie in.
    let rules: [[UInt8]: DirectoryRules]
    /// Sockets, devices and the like that were left out, by the directory they lie in.
    let special: [[UInt8]: [[UInt8]]]

    init(
        manifest: Manifest, records: [StatRecord], rules: [[UInt8]: DirectoryRules],
        special: [[UInt8]: [[UInt8]]]
    ) {
        self.manifest = manifest
        self.records = records
        self.rules = rules
        self.special = special
    }

    func with(_ records: [StatRecord]) -> KnownTree {
        KnownTree(manifest: manifest, records: records, rules: rules, special: special)
    }

    /// Nothing more is known of `other`, the same tree read later, than of this one.
    func hasSettled(as other: KnownTree) -> Bool {
        records.elementsEqual(other.records) {
            $0.flags.intersection(.lasting) == $1.flags.intersection(.lasting)
        }
    }

    /// Files whose content lies in the layer being made.
    var storedFiles: Int {
        records.indices.count { records[$0].flags.contains(.stored) && manifest.nodes[$0].kind == .file }
    }
}

/// What the rule files of one directory said.
struct DirectoryRules: Sendable {
    /// Equal digests are equal rules.
    let digest: Digest
    /// Of the repository that begins there, so that its index is parsed only when it changed.
    let index: Index?

    struct Index: Sendable {
        let signature: FileSignature
        let paths: Digest
    }
}

/// What tells one state of a single file from another.
struct FileSignature: Sendable, Equatable {
    let size: Int64
    let modified: Int64
    let changed: Int64
    let inode: UInt64
    /// As `StatRecord.Flags.settled`.
    let isSettled: Bool

    init(_ status: FileStatus, isSettled: Bool) {
        size = status.size
        modified = status.modified
        changed = status.changed
        inode = status.inode
        self.isSettled = isSettled
    }

    init(size: Int64, modified: Int64, changed: Int64, inode: UInt64, isSettled: Bool) {
        self.size = size
        self.modified = modified
        self.changed = changed
        self.inode = inode
        self.isSettled = isSettled
    }

    /// The file is the one that was read, unchanged.
    func vouches(for status: FileStatus) -> Bool {
        isSettled && size == status.size && modified == status.modified && changed == status.changed
            && inode == status.inode
    }
}

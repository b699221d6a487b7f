package import Archives
import Linux
import Model

/// What one pass over a tree needs to know.
struct ScanInput: Sendable {
    let root: SharedDirectory
    let request: IgnoreRequest
    /// The caller's `/`, for worktrees of git.
    let view: SharedDirectory?
    let limits: IngestLimits
    /// As of `RevisionIngest`.
    let store: FileStatus?
    let settling: SettlingRule
    /// What was read before: by an earlier pass, or for the revision ingested before.
    let known: KnownTree?
    /// What `known` says of `stat` is about this very directory.
    let usesStatus: Bool
    /// What `known` says of who is in a directory was decided by the same request.
    let usesListings: Bool
    /// The revision ingested before.
    let baseline: Manifest?
    /// `known` is what was read for `baseline`, node by node.
    let knownIsBaseline: Bool
    /// In a workspace's first revision entries keep their times.
    var keepsTimes: Bool { baseline == nil }
}

/// How large a tree may be, and how much of the disk it may take.
package struct IngestLimits: Sendable, Hashable {
    package var entries: Int
    /// Of its files' content, holes included, which take as long to digest as data.
    package var bytes: Int64
    package var depth: Int
    /// In bytes, from the root.
    package var pathLength: Int
    /// What is left free on the store's file system, for others to end well.
    package var reservedBytes: Int64 = 0
    /// What is left of the store's budget; nil where there is none to heed.
    package var room: IncomingRoom?

    package init(
        entries: Int = 5_000_000, bytes: Int64 = 256 << 30, depth: Int = 4096, pathLength: Int = 32_768
    ) {
        self.entries = entries
        self.bytes = bytes
        self.depth = depth
        self.pathLength = pathLength
    }
}

/// What one pass came to.
struct ScanOutput: Sendable {
    let draft: TreeDraft
    let root: (mode: UInt16, tree: Digest?, record: StatRecord)
    let rules: [[UInt8]: DirectoryRules]
    let special: [[UInt8]: [[UInt8]]]
    let warnings: [Warning]
    var unrest: Unrest
    let clocks: [DeviceNumber: FileSystemClock]
    /// For every slot, the node that is known at its path.
    let knownOfSlots: [Int?]
}

/// What speaks against taking what a pass read for the tree at one moment.
struct Unrest: Sendable {
    /// The newest entry that was changed after T0, and when.
    var newest: (changed: Int64, path: String)?
    /// Something went away or became another thing between two looks at it.
    var moved: String?
    /// The first entry that was read and is not what was known of it before.
    var different: String?
    /// Something of the tree was changed a moment ago, or at a time nobody can tell.
    var isLively = false
    /// A git command is at work on the tree.
    var gitIsWriting = false

    /// Where it shows, for people.
    var place: String {
        newest?.path ?? moved ?? different ?? (gitIsWriting ? ".git/index.lock" : "the workspace")
    }

    var differs: Bool { different != nil }

    /// What was read may be of several moments: another pass has to find the same.
    var isUnconfirmed: Bool { differs && isLively }

    func isNewer(_ changed: Int64) -> Bool { changed > newest?.changed ?? .min }
}

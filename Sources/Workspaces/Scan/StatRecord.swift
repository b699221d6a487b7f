import Linux
import Model

/// What `stat` said of an entry when it was last read, so that it need not be read again while it says the same.
struct StatRecord: Sendable {
    /// In nanoseconds since 1970, as all times here.
    var modified: Int64
    var changed: Int64
    var inode: UInt64
    var device: UInt64
    /// The modification time steps see.
    var shown: Int64
    var flags: Flags
    /// Within one pass: which result of the content queue belongs here; 0 for none.
    var slot: UInt32

    struct Flags: OptionSet, Sendable {
        let rawValue: UInt32

        /// Every later change would show in `changed`.
        static let settled = Flags(rawValue: 1)
        /// A directory with rule files or a repository of its own in it.
        static let hasRules = Flags(rawValue: 2)
        /// A directory of which only what git tracks was taken.
        static let trackedOnly = Flags(rawValue: 4)
        /// A `.git` that was brought in, or a directory in one.
        static let gitDirectory = Flags(rawValue: 8)
        /// Within one ingest: the content lies in the layer being made.
        static let stored = Flags(rawValue: 16)

        /// What outlives the ingest.
        static let lasting: Flags = [.settled, .hasRules, .trackedOnly, .gitDirectory]
    }

    init(
        modified: Int64, changed: Int64, inode: UInt64, device: UInt64, shown: Int64, flags: Flags,
        slot: UInt32
    ) {
        self.modified = modified
        self.changed = changed
        self.inode = inode
        self.device = device
        self.shown = shown
        self.flags = flags
        self.slot = slot
    }

    init(_ status: FileStatus, shown: Int64, flags: Flags = [], slot: UInt32 = 0) {
        modified = status.modified
        changed = status.changed
        inode = status.inode
        device = StatRecord.device(status)
        self.shown = shown
        self.flags = flags
        self.slot = slot
    }

    /// What of it outlives the ingest.
    var lasting: StatRecord {
        var record = self
        record.flags.formIntersection(.lasting)
        return record
    }

    /// Nothing about the entry changed since, as far as `stat` can tell; a file's size is the caller's to compare.
    func matches(_ status: FileStatus) -> Bool {
        changed == status.changed && modified == status.modified && inode == status.inode
            && device == StatRecord.device(status)
    }

    /// The file or link that a node stands for need not be read: it is what it was when it was.
    func vouches(for node: Manifest.Node, _ status: FileStatus) -> Bool {
        guard flags.contains(.settled), matches(status) else { return false }
        return switch node.kind {
        case .file: status.kind == .file && UInt32(node.mode) == status.mode && node.size == status.size
        case .link: status.kind == .link
        case .directory: false
        }
    }

    static func device(_ status: FileStatus) -> UInt64 {
        UInt64(status.device.major) << 32 | UInt64(status.device.minor)
    }

    var reach: IgnoreRules.Reach {
        get {
            if flags.contains(.gitDirectory) { return .gitDirectory }
            return flags.contains(.trackedOnly) ? .trackedOnly : .everything
        }
        set {
            flags.subtract([.trackedOnly, .gitDirectory])
            switch newValue {
            case .everything: break
            case .trackedOnly: flags.insert(.trackedOnly)
            case .gitDirectory: flags.insert(.gitDirectory)
            }
        }
    }
}

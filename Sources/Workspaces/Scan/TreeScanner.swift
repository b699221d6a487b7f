import Linux
import Model
import SystemPackage

/// Walks a workspace once, relative to descriptors, on the thread that has its caller's rights.
///
/// Where a directory is known and unchanged, its entries are known too: they are only asked for their status, in the order of
/// the manifest, without listing, sorting or matching patterns. Files and links whose status says they are
/// what they were keep their digest; others are opened and queued for those who read. Nothing is followed, and
/// no path is walked twice.
struct TreeScanner {
    let input: ScanInput
    let queue: ContentQueue
    /// Nil for a walk alone.
    let ahead: StatusAhead?
    var trail: DirectoryTrail
    var frames: [Frame] = []
    var draft: TreeDraft
    var rules: IgnoreRules
    /// Of the directories that are open, innermost last.
    var repositories: [GitRepository] = []
    let indexMemory = GitIndexMemory()
    /// Of the directory the walk stands in.
    var path: [UInt8] = []
    var unrest = Unrest()
    var rulesFound: [[UInt8]: DirectoryRules] = [:]
    var special: [[UInt8]: [[UInt8]]] = [:]
    var warnings: [Warning] = []
    var knownOfSlots: [Int?] = []
    /// Of all files opened so far, each once.
    var bytesToRead: Int64 = 0
    /// Those of them that have several names.
    var linked: Set<ContentReader.FileIdentity> = []
    var clocks: [DeviceNumber: FileSystemClock] = [:]
    /// The one asked for last, which is nearly always the next one too.
    private var latestClock: (device: DeviceNumber, clock: FileSystemClock)?

    /// A directory that is being walked.
    struct Frame {
        let name: [UInt8]
        var status: FileStatus
        let reach: IgnoreRules.Reach
        /// The node known at its path, whatever that was.
        let known: Int?
        let baseline: Int?
        /// Nil: those that are known.
        var listing: [Listed]?
        /// What was asked already of those that are known.
        var answers: [FileStatus?]?
        var next: Int
        /// Where its children start in the draft.
        let mark: Int
        /// Of its parent's path.
        let parentLength: Int
        var hasRules = false
        var hasRepository = false
        /// Rules here or above are not those that decided what is known.
        var rulesChanged: Bool
        /// All children so far are what they were.
        var isSame: Bool
        /// A directory in it was entered, and is not in the revision: what comes to be there does not show here.
        var hidesDirectory = false
    }

    /// An entry that belongs to the revision.
    struct Listed {
        let name: [UInt8]
        let reach: IgnoreRules.Reach
    }

    init(_ input: ScanInput, _ queue: ContentQueue, _ ahead: StatusAhead?) {
        self.input = input
        self.queue = queue
        self.ahead = ahead
        trail = DirectoryTrail(root: input.root)
        draft = TreeDraft(expecting: input.known?.records.count ?? 0)
        rules = IgnoreRules(input.request)
    }

    /// - Throws: `workspace-unreadable`, `workspace-changing`, `too-large`, or what a reader failed with.
    mutating func run() throws -> ScanOutput {
        noteGitAtWork()
        let status = try reading("directory", []) { () throws(Errno) in try input.root.directory.status() }
        _ = try reading("directory", []) { () throws(Errno) in try clock(of: input.root.directory, status) }
        try enter(
            [], status, reach: .everything, known: input.known.map { $0.manifest.root.index },
            baseline: input.baseline.map { $0.root.index })
        var root: (mode: UInt16, tree: Digest?, record: StatRecord)?
        while !frames.isEmpty {
            try queue.check()
            if try step() { continue }
            root = try leave()
        }
        guard let root else { preconditionFailure("the root is the last directory to be left") }
        return ScanOutput(
            draft: draft, root: root, rules: rulesFound, special: special, warnings: warnings, unrest: unrest,
            clocks: clocks, knownOfSlots: knownOfSlots)
    }

    /// Handles the next entry of the innermost directory; false when it has no more.
    private mutating func step() throws -> Bool {
        let top = frames.count - 1
        if let listing = frames[top].listing {
            guard frames[top].next < listing.count else { return false }
            let entry = listing[frames[top].next]
            frames[top].next += 1
            let known = frames[top].known.flatMap {
                input.known?.manifest.child(named: entry.name, of: .init(index: $0))
            }
            try visit(entry.name[...], reach: entry.reach, known: known?.index)
            return true
        }
        guard let directory = frames[top].known, let known = input.known else { return false }
        takeUnchanged(of: directory, known)
        let node = known.manifest.nodes[directory]
        guard frames[top].next < Int(node.childCount) else { return false }
        let position = frames[top].next
        let child = Int(node.firstChild) + position
        frames[top].next += 1
        try visit(
            known.manifest.name(of: .init(index: child)), reach: known.records[child].reach, known: child,
            answer: frames[top].answers?[position])
        return true
    }

    /// Takes in files and links of the innermost directory that are what they were, up to one that has to be looked at.
    private mutating func takeUnchanged(of directory: Int, _ known: KnownTree) {
        guard input.usesStatus else { return }
        let top = frames.count - 1
        let children = known.manifest.children(of: .init(index: directory))
        let answers = frames[top].answers
        let place = trail.current
        while frames[top].next < children.count, draft.count < input.limits.entries {
            let position = frames[top].next
            let child = children.lowerBound + position
            let (node, record) = (known.manifest.nodes[child], known.records[child])
            guard node.kind != .directory else { return }
            let name = known.manifest.name(of: .init(index: child))
            let answer = answers.flatMap { $0[position] }
            guard let status = answer ?? (try? place.directory.status(name)),
                record.vouches(for: node, status)
            else { return }
            take(name, node, record, status)
            frames[top].next += 1
        }
    }

    /// Takes in a file or link whose digest is known.
    mutating func take(
        _ name: ArraySlice<UInt8>, _ node: Manifest.Node, _ record: StatRecord, _ status: FileStatus
    ) {
        var kept = record
        kept.flags = record.flags.union(settle(status, name))
        let isFile = node.kind == .file
        draft.add(
            name, kind: node.kind, mode: isFile ? node.mode : 0o777, size: isFile ? node.size : 0,
            digest: node.digest, record: kept)
    }

    /// Whose clock stamped an entry; those of an unknown device count as foreign.
    mutating func clock(_ status: FileStatus) -> FileSystemClock {
        if let latestClock, latestClock.device == status.device { return latestClock.clock }
        let clock = clocks[status.device] ?? .foreign
        latestClock = (status.device, clock)
        return clock
    }

    mutating func clock(of directory: borrowing Directory, _ status: FileStatus) throws(Errno)
        -> FileSystemClock
    {
        if let known = clocks[status.device] { return known }
        let clock = FileSystemClock(try directory.fileSystemStatus().type)
        clocks[status.device] = clock
        latestClock = nil
        return clock
    }

    /// Whether a status read just now stands for the state at T0, and the noting of it if not.
    mutating func settle(_ status: FileStatus, _ name: ArraySlice<UInt8>) -> StatRecord.Flags {
        let clock = clock(status)
        if !input.settling.isCalm(changed: status.changed, on: clock) { unrest.isLively = true }
        let verdict = input.settling.verdict(changed: status.changed, on: clock)
        if verdict == .settled { return .settled }
        if verdict == .fresh, unrest.isNewer(status.changed) {
            unrest.newest = (status.changed, printable(name))
        }
        return []
    }

    /// Checkouts and merges hold this file while they change the tree: what is read meanwhile is nobody's state.
    ///
    /// It stays empty until the tree is complete; a commit's hooks run with one that is filled. Old ones are left over.
    private mutating func noteGitAtWork() {
        let finder = GitDirectoryFinder(root: input.root, view: input.view)
        guard input.request.source == .git,
            let repository = finder.find(in: input.root.directory, path: [])?.directory,
            let lock = try? repository.directory.status("index.lock"), lock.kind == .file, lock.size == 0
        else { return }
        unrest.gitIsWriting = lock.changed > input.settling.moment - 10_000_000_000
    }

    /// From the root; without a name the directory's own.
    func fullPath(_ name: ArraySlice<UInt8>) -> [UInt8] {
        if name.isEmpty { return path }
        var full = path
        full.reserveCapacity(path.count + 1 + name.count)
        if !path.isEmpty { full.append(UInt8(ascii: "/")) }
        full.append(contentsOf: name)
        return full
    }

    func printable(_ name: ArraySlice<UInt8>) -> String { EntryPath(unchecked: fullPath(name)).description }

    /// Something is not what was known; without a name the directory itself.
    mutating func noteDifferent(_ name: ArraySlice<UInt8> = []) {
        if unrest.different == nil { unrest.different = printable(name) }
    }

    /// Something was there a moment ago, and is not any more.
    mutating func noteMoved(_ name: ArraySlice<UInt8>) {
        unrest.moved = printable(name)
        noteDifferent(name)
        if !frames.isEmpty { frames[frames.count - 1].isSame = false }
    }

    func reading<T: ~Copyable>(
        _ what: String, _ name: ArraySlice<UInt8>, _ body: () throws(Errno) -> T
    ) throws(Failure) -> T {
        do {
            return try body()
        } catch {
            throw .unreadable(error, what, printable(name))
        }
    }
}

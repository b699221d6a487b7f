import Linux
import Model
import SystemPackage

extension TreeScanner {
    /// Goes down into a directory that the trail has just come to; the root's comes first and has no name.
    mutating func enter(
        _ name: [UInt8], _ status: FileStatus, reach: IgnoreRules.Reach, known: Int?, baseline: Int?
    ) throws {
        let parentLength = path.count
        if !frames.isEmpty { path = fullPath(name[...]) }
        guard frames.count <= input.limits.depth, path.count <= input.limits.pathLength else {
            throw Failure.tooLarge(
                "the directory \(EntryPath.printable(path.prefix(60)))… lies deeper than \(input.limits.depth) levels"
                    + " or \(input.limits.pathLength) bytes")
        }
        if let store = input.store, store.device == status.device, store.inode == status.inode {
            throw Failure.containsStore(printable([]))
        }
        let above = frames.last?.rulesChanged ?? !input.usesListings
        var frame = Frame(
            name: name, status: status, reach: reach, known: known, baseline: baseline, next: 0,
            mark: draft.mark,
            parentLength: parentLength, rulesChanged: above, isSame: knownDirectory(known, mode: status.mode))
        if isKnownListing(known, status, reach), !above {
            try openKnown(&frame)
        } else {
            try open(&frame)
        }
        frames.append(frame)
    }

    /// The node is a directory of that mode.
    private func knownDirectory(_ known: Int?, mode: UInt32) -> Bool {
        guard let known, let node = input.known?.manifest.nodes[known] else { return false }
        return node.kind == .directory && UInt32(node.mode) == mode
    }

    /// Who is in the directory did not change since it was known.
    private func isKnownListing(_ known: Int?, _ status: FileStatus, _ reach: IgnoreRules.Reach) -> Bool {
        guard input.usesStatus, let known, let tree = input.known,
            tree.manifest.nodes[known].kind == .directory
        else { return false }
        let record = tree.records[known]
        return record.flags.contains(.settled) && record.matches(status) && record.reach == reach
    }

    /// Takes the directory as it is known, unless its rules changed.
    private mutating func openKnown(_ frame: inout Frame) throws {
        guard let known = frame.known, let tree = input.known else { return }
        if tree.records[known].flags.contains(.hasRules) {
            try loadRules(&frame)
            if frame.rulesChanged {
                leaveRules(frame)
                return try open(&frame)
            }
        } else {
            rules.enter(pathLength: path.count, .none)
        }
        if !tree.special.isEmpty, let names = tree.special[path] { special[path] = names }
        frame.answers = ahead?.take(known)
    }

    /// Lists the directory and decides about every entry.
    private mutating func open(_ frame: inout Frame) throws {
        var names: [(name: [UInt8], kind: FileKind?)] = []
        do {
            names = try TreeScanner.names(in: trail.current, atMost: input.limits.entries)
            // Only now: a name that came meanwhile shows in the change time.
            frame.status = try trail.current.directory.status()
        } catch Errno.noSuchFileOrDirectory {
            // Removed since it was opened.
            noteMoved([])
            frame.isSame = false
        } catch Errno.fileTooLarge {
            throw Failure.tooLarge(
                "the directory \(printable([])) has more than \(input.limits.entries) entries")
        } catch {
            throw Failure.unreadable(error, "directory", printable([]))
        }
        let known = frame.known.flatMap { _ in input.known?.rules[path]?.digest }
        if names.contains(where: { RuleReader.isRuleName($0.name) }) {
            try loadRules(&frame)
        } else {
            rules.enter(pathLength: path.count, .none)
            if known != nil { frame.rulesChanged = true }
        }
        frame.listing = try included(names, in: frame).sorted { $0.name.lexicographicallyPrecedes($1.name) }
    }

    private static func names(
        in shared: SharedDirectory, atMost limit: Int
    ) throws(Errno) -> [(name: [UInt8], kind: FileKind?)] {
        var names: [(name: [UInt8], kind: FileKind?)] = []
        try shared.directory.forEachEntry { (name) throws(Errno) in
            guard names.count < limit else { throw .fileTooLarge }
            names.append((name.bytes, name.kind))
        }
        return names
    }

    private mutating func loadRules(_ frame: inout Frame) throws {
        let known = input.known?.rules[path]
        let reader = RuleReader(
            request: input.request, finder: GitDirectoryFinder(root: input.root, view: input.view),
            memory: indexMemory)
        let directory = trail.current
        let loaded = try reader.read(
            in: directory.directory, path: path, known: input.usesStatus ? known : nil,
            settling: input.settling)
        for (name, status) in loaded.statuses { _ = settle(status, Array(name.utf8)[...]) }
        if loaded.record.digest != known?.digest {
            frame.rulesChanged = true
            noteDifferent()
        }
        frame.hasRules = true
        frame.hasRepository = loaded.repository != nil
        if let repository = loaded.repository { repositories.append(repository) }
        rulesFound[path] = loaded.record
        warnings += loaded.warnings
        rules.enter(pathLength: path.count, loaded.files)
        guard rules.bytes <= IgnoreRules.mostBytes else {
            throw Failure.tooLarge(
                "the ignore files of \(printable([])) and the directories above it have more than 16 MiB")
        }
    }

    private mutating func leaveRules(_ frame: Frame) {
        rules.leave()
        if frame.hasRepository { repositories.removeLast() }
    }

    private mutating func included(
        _ names: [(name: [UInt8], kind: FileKind?)], in frame: Frame
    ) throws -> [Listed] {
        var listed: [Listed] = []
        listed.reserveCapacity(names.count)
        for (name, kind) in names {
            var kind = kind
            if kind == nil {
                let directory = trail.current
                kind = try reading("file", name[...]) { () throws(Errno) in
                    try directory.directory.statusIfPresent(name)?.kind
                }
            }
            let decision = rules.decision(
                on: fullPath(name[...]), nameStart: path.isEmpty ? 0 : path.count + 1,
                isDirectory: kind == .directory, in: frame.reach
            ) { repositories.last?.tracking(fullPath(name[...])) ?? .untracked }
            if case .keep(let reach) = decision { listed.append(Listed(name: name, reach: reach)) }
        }
        return listed
    }

    /// Comes back from the innermost directory; answers what the root's end needs.
    mutating func leave() throws -> (mode: UInt16, tree: Digest?, record: StatRecord) {
        let frame = frames.removeLast()
        let children = draft.mark - frame.mark
        let known = frame.known.flatMap { index in
            input.known.map { (node: $0.manifest.nodes[index], record: $0.records[index]) }
        }
        var flags = settle(frame.status, [])
        leaveRules(frame)
        if frame.hasRules { flags.insert(.hasRules) }
        // To be listed again next time.
        if frame.hidesDirectory { flags.remove(.settled) }
        var record = StatRecord(
            frame.status, shown: known?.record.shown ?? frame.status.modified, flags: flags)
        record.reach = frame.reach
        let isSame = frame.isSame && known.map { Int($0.node.childCount) == children } ?? false
        if !isSame, known.map({ $0.node.kind != .directory || Int($0.node.childCount) != children }) ?? true {
            noteDifferent()
        }
        if !input.usesStatus || !(known?.record.matches(frame.status) ?? false) {
            noteDifferent()
        }
        path.removeLast(path.count - frame.parentLength)
        let mode = UInt16(frame.status.mode)
        let tree = isSame ? known?.node.digest : nil
        guard !frames.isEmpty else { return (mode, tree, record) }
        do {
            try trail.pop()
        } catch {
            throw Failure.changing(printable(frame.name[...]))
        }
        if !isSame { frames[frames.count - 1].isSame = false }
        // Ignored, and nothing of what git tracks there exists.
        if frame.reach == .trackedOnly, children == 0 {
            frames[frames.count - 1].hidesDirectory = true
            return (mode, tree, record)
        }
        draft.close(frame.name[...], mode: mode, mark: frame.mark, tree: tree, record: record)
        return (mode, tree, record)
    }
}

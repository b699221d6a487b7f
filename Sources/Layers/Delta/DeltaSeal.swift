import Linux
import Model
import SystemPackage

/// The one walk over a workspace delta after its step: takes down the facts it stands on, and takes out what
/// is equal to the view below.
///
/// Facts come from `DeltaRule`, entry by entry, and an entry's fact is noted before the entry may go. What
/// goes, children before parents, and never a whiteout, nor anything at or below an opaque directory:
/// - a file or link that the view below has with the same type, mode, owner, size, time to the nanosecond and
///   content, when it has one name and no attribute but `trusted.overlay.origin`. (One of several names
///   stays: without it the others would lose a link that the step made.)
/// - a plain directory left empty by that, or never filled, of the same mode and owner as below and without
///   attributes of its own, unless the step gave it an earlier time. (Its time changes with every temporary
///   file.)
///
/// The fact of a file that went and had `trusted.overlay.origin` asks for type and mode alone: it was copied
/// up for a change that changed nothing, as `chmod -R` does. Leaving an entry in is always right, taking one
/// out is for size; so a file modified since the step was prepared, which the view below can hardly have, is
/// not looked up there at all, and a step that wrote 10,000 files costs one walk.
struct DeltaSeal: TreeVisitor {
    /// What the walk of a delta leaves behind.
    struct Outcome {
        var facts: FactSet
        var size: LayerSize
    }

    final class Level: TreeLevel {
        let upper: TreeDirectory
        /// Where the directory stands in the revision, if entries in it have facts of their own.
        let source: Manifest.Position?
        /// The view below may have a directory here; the walk is not below an opaque one.
        let hasBelow: Bool
        let status: FileStatus
        var below: Below = .unknown
        /// Names in the upper directory that have not been dropped.
        var remaining = 0
        var hasDropped = false

        var path: EntryPath { upper.path }

        enum Below { case unknown, absent, directory(SharedDirectory) }

        init(_ upper: TreeDirectory, source: Manifest.Position?, hasBelow: Bool, status: FileStatus) {
            self.upper = upper
            self.source = source
            self.hasBelow = hasBelow
            self.status = status
        }

        func suspend() {
            upper.suspend()
            if case .directory = below { below = .unknown }
        }
    }

    private let revision: Manifest
    private let view: ViewBelow
    /// When the step was prepared, by the clock that stamps files.
    private let prepared: Int64
    private var facts: [Fact]
    private var counter = LayerSizeCounter()

    private init(revision: Manifest, prepared: Int64, view: ViewBelow) {
        self.revision = revision
        self.prepared = prepared
        self.view = view
        facts = [DeltaRule.rootFact(of: revision)]
    }

    /// Walks and trims `upper`, which nobody else uses any more.
    static func seal(
        _ upper: borrowing Directory, over revision: Manifest, prepared: Int64,
        view: ViewBelow
    ) throws(Failure) -> Outcome {
        var seal = DeltaSeal(revision: revision, prepared: prepared, view: view)
        let root = try storing("open a workspace delta") {
            Level(
                TreeDirectory(root: try upper.reopened()), source: revision.root, hasBelow: true,
                status: try upper.status())
        }
        try seal.walk(from: root, action: "seal a workspace delta")
        return Outcome(facts: FactSet(seal.facts), size: seal.counter.size)
    }

    // MARK: - The walk

    mutating func enter(_ level: Level) throws -> [[UInt8]] {
        let opened = try level.upper.opened()
        var subdirectories: [[UInt8]] = []
        try opened.directory.visitEntries { name in
            level.remaining += 1
            if name.kind == .directory {
                subdirectories.append(name.bytes)
                return
            }
            let status = try opened.directory.status(name)
            if status.kind == .directory {
                subdirectories.append(name.bytes)
            } else {
                try sealLeaf(name, status, in: level, opened.directory)
            }
        }
        return subdirectories
    }

    mutating func visit(_ name: [UInt8], of level: Level) throws -> Level? {
        let parent = try level.upper.opened()
        let status = try parent.directory.status(name)
        counter.count(status)
        let isOpaque = try parent.directory.isOpaque(name)
        let verdict = note(isOpaque ? .opaqueDirectory : .directory, named: name, in: level)
        let source = verdict?.descend == true ? child(name, of: level) : nil
        return Level(
            try level.upper.child(name), source: source, hasBelow: level.hasBelow && !isOpaque, status: status
        )
    }

    mutating func leave(_ level: Level, parent: Level?) throws {
        if let parent, try isRedundant(level) {
            let directory = try parent.upper.opened()
            try directory.directory.remove(Array(level.path.name), directory: true)
            counter.discount(level.status)
            parent.remaining -= 1
            parent.hasDropped = true
        } else if level.hasDropped {
            // Dropping entries is none of the step's changes to this directory.
            try level.upper.opened().directory.descriptor.setModified(level.status.modified)
        }
    }

    // MARK: - Facts

    private func child(_ name: some Collection<UInt8>, of level: Level) -> Manifest.Position? {
        level.source.flatMap { revision.child(named: name, of: $0) }
    }

    /// Takes down the fact of one entry, if its directory asks for facts.
    @discardableResult
    private mutating func note(
        _ entry: DeltaRule.UpperEntry, named name: [UInt8], in level: Level
    ) -> DeltaRule.Verdict? {
        guard let directory = level.source else { return nil }
        let verdict = DeltaRule.verdict(
            for: entry, at: level.path.appending(name),
            source: revision.child(named: name, of: directory), in: revision)
        facts.append(verdict.fact)
        return verdict
    }

    private mutating func sealLeaf(
        _ name: borrowing EntryName, _ status: FileStatus, in level: Level, _ upper: borrowing Directory
    ) throws {
        counter.count(status)
        if level.source != nil { note(kind(of: status), named: name.bytes, in: level) }
        guard try isRedundant(name, status, in: level, upper) else { return }
        if level.source != nil, status.kind == .file, case .entry(let path, let own)? = facts.last,
            own.kind == .file, try upper.attribute(OverlayAttribute.origin, of: name) != nil
        {
            facts[facts.count - 1] = .metadata(path, kind: own.kind, mode: own.mode)
        }
        try upper.remove(name)
        counter.discount(status)
        level.remaining -= 1
        level.hasDropped = true
    }

    private func kind(of status: FileStatus) -> DeltaRule.UpperEntry {
        if status.isWhiteout { return .whiteout }
        return switch status.kind {
        case .file: .file
        case .link: .link
        default: .other
        }
    }

    // MARK: - What is equal to the view below

    private func isRedundant(
        _ name: borrowing EntryName, _ status: FileStatus, in level: Level, _ upper: borrowing Directory
    ) throws -> Bool {
        guard level.hasBelow, status.kind == .file || status.kind == .link, status.links == 1,
            status.modified < prepared, let below = try directoryBelow(level),
            let other = try below.directory.statusIfPresent(name),
            other.modified == status.modified, EntryComparison.sameStatus(status, other),
            try upper.attributeNames(of: name).allSatisfy({ $0 == OverlayAttribute.origin })
        else { return false }
        // An attribute that the step took away is a change as well.
        guard try below.directory.attributeNames(of: name).isEmpty else { return false }
        return try EntryComparison.sameContent(upper, below.directory, name: name, kind: status.kind)
    }

    private func isRedundant(_ level: Level) throws -> Bool {
        guard level.remaining == 0, level.hasBelow, let below = try directoryBelow(level) else {
            return false
        }
        let other = try below.directory.status()
        guard EntryComparison.sameStatus(level.status, other),
            level.status.modified == other.modified || level.status.modified >= prepared
        else { return false }
        let upper = try level.upper.opened()
        return try upper.directory.descriptor.attributeNames().allSatisfy(
            EntryComparison.bookkeeping.contains)
            && below.directory.descriptor.attributeNames().isEmpty
    }

    /// The directory of the view below in the same place; `nil` when there is none.
    private func directoryBelow(_ level: Level) throws -> SharedDirectory? {
        switch level.below {
        case .directory(let directory): return directory
        case .absent: return nil
        case .unknown: break
        }
        let root = try view.root()
        if level.path.isRoot {
            level.below = .directory(root)
            return root
        }
        do throws(Errno) {
            let directory = SharedDirectory(try root.directory.openDirectory(beneath: level.path.bytes))
            level.below = .directory(directory)
            return directory
        } catch {
            switch error {
            // Nothing, something else, or a link in the way.
            case .noSuchFileOrDirectory, .notDirectory, .tooManySymbolicLinkLevels:
                level.below = .absent
                return nil
            default: throw error
            }
        }
    }
}

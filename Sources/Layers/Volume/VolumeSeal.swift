import Linux
import Model
import SystemPackage

/// The one walk over what a step wrote at one place of a volume: takes down the facts it stands on, and measures it.
struct VolumeSeal: TreeVisitor {
    struct Outcome {
        var facts: [GroundFact]
        var size: LayerSize
    }

    final class Level: TreeLevel {
        let upper: TreeDirectory
        /// Whether entries in here have facts of their own.
        let hasFacts: Bool
        var path: EntryPath { upper.path }

        init(_ upper: TreeDirectory, hasFacts: Bool) {
            self.upper = upper
            self.hasFacts = hasFacts
        }

        func suspend() { upper.suspend() }
    }

    private let view: GroundView
    /// Of the place's directory in the layer and the slash behind it, in bytes.
    private let prefixLength: Int
    private var facts: [GroundFact] = []
    private var counter = LayerSizeCounter()

    private init(_ view: GroundView, position: Int) {
        self.view = view
        prefixLength = "\(position)/".utf8.count
    }

    /// - Parameter position: of the place among those of its volume.
    /// - Throws: `too-large` for a path that is too long below the layer's root, where later walks begin.
    static func seal(
        _ upper: borrowing Directory, at position: Int, over view: GroundView
    ) throws(Failure) -> Outcome {
        var seal = VolumeSeal(view, position: position)
        let hasFacts = try seal.noteRoot()
        let root = try storing("open what a step wrote to a volume") {
            Level(TreeDirectory(root: try upper.reopened()), hasFacts: hasFacts)
        }
        try seal.walk(from: root, action: "seal a volume")
        return Outcome(facts: seal.facts, size: seal.counter.size)
    }

    /// - Returns: whether what is in it has facts of its own.
    private mutating func noteRoot() throws(Failure) -> Bool {
        guard let entry = try view.look(at: .root), let root = try view.root() else {
            facts.append(.absent(.root))
            return false
        }
        let isEmpty = try storing("look at what a volume lies on") { try root.directory.reopened().isEmpty() }
        // One fact for an empty directory, instead of one for every name that came into it.
        facts.append(isEmpty ? .tree(.root, try entry.tree()) : .entry(.root, try entry.entry()))
        return !isEmpty
    }

    mutating func enter(_ level: Level) throws -> [[UInt8]] {
        let opened = try level.upper.opened()
        var subdirectories: [[UInt8]] = []
        var others: [[UInt8]] = []
        try opened.directory.visitEntries { name in
            let status = try opened.directory.status(name)
            if status.kind == .directory {
                subdirectories.append(name.bytes)
            } else {
                counter.count(status)
                if level.hasFacts { others.append(name.bytes) }
            }
        }
        for name in others { _ = try note(.other, at: level.path.appending(name)) }
        return subdirectories
    }

    mutating func visit(_ name: [UInt8], of level: Level) throws -> Level? {
        let parent = try level.upper.opened()
        counter.count(try parent.directory.status(name))
        let isOpaque = try parent.directory.isOpaque(name)
        let hasFacts =
            level.hasFacts
            ? try note(isOpaque ? .opaqueDirectory : .directory, at: level.path.appending(name)) : false
        let child = try level.upper.child(name)
        guard prefixLength + child.path.bytes.count <= TreeDirectory.longestPath else {
            throw Failure.pathTooLong(child.path)
        }
        return Level(child, hasFacts: hasFacts)
    }

    /// - Returns: whether to descend.
    private mutating func note(_ upper: GroundRule.Upper, at path: EntryPath) throws(Failure) -> Bool {
        let entry = try view.look(at: path)
        let below: GroundRule.Below
        if let entry {
            below = try entry.kind() == .directory ? .directory : .other
        } else {
            below = .nothing
        }
        let verdict = GroundRule.verdict(for: upper, over: below)
        switch (verdict, entry) {
        case (.absent, _), (_, nil): facts.append(.absent(path))
        case (.entry, let entry?), (.entryAndDescend, let entry?):
            facts.append(.entry(path, try entry.entry()))
        case (.tree, let entry?): facts.append(.tree(path, try entry.tree()))
        }
        return verdict == .entryAndDescend
    }
}

import Linux
import Model
import Synchronization
import SystemPackage

/// Asks for the status of what is known of a tree, on a second thread, from the other end than the walk: they meet in the
/// middle, and the walk finds answered what it would have asked.
///
/// An answer is as good as the walk's own: it was given within the same pass, after its T0, and one that does not fit what
/// is known leads to a look at the entry itself. Whatever can't be asked here is left to the walk.
final class StatusAhead: Sendable {
    private let root: SharedDirectory
    private let known: KnownTree
    private let state = Mutex(State())

    private struct State: Sendable {
        /// Directories that somebody has begun with, by their node.
        var begun: Set<Int> = []
        var answers: [Int: [FileStatus?]] = [:]
        var isOver = false
    }

    /// A tree of fewer entries is walked before a second thread has begun.
    private static let leastEntries = 2000
    /// Longer ones are reached by the walk alone, name by name.
    private static let longestPath = 4000

    /// Nil where little is known, or nothing that could be asked for by name.
    init?(for input: ScanInput) {
        guard input.usesStatus, input.usesListings, let known = input.known,
            known.records.count >= Self.leastEntries
        else { return nil }
        root = input.root
        self.known = known
    }

    /// What was answered for the entries of a directory that the walk comes to, in the manifest's order; nil where the walk
    /// is to ask itself, whom nobody comes before from then on.
    func take(_ directory: Int) -> [FileStatus?]? {
        state.withLock { state in
            state.begun.insert(directory)
            return state.answers.removeValue(forKey: directory)
        }
    }

    /// The walk has ended.
    func end() { state.withLock { $0.isOver = true } }

    /// Asks until the walk has been everywhere. Has the rights of the thread that calls.
    func run() {
        var left: [(node: Int, path: [UInt8])] = [(known.manifest.root.index, [])]
        while let (directory, path) = left.popLast() {
            // The last one comes first.
            for child in known.manifest.children(of: .init(index: directory))
            where known.manifest.nodes[child].kind == .directory {
                let name = known.manifest.name(of: .init(index: child))
                let below = path.isEmpty ? Array(name) : path + [UInt8(ascii: "/")] + name
                if below.count <= Self.longestPath { left.append((child, below)) }
            }
            if state.withLock({ $0.isOver }) { return }
            guard let answers = ask(directory, path) else { continue }
            state.withLock { $0.answers[directory] = answers }
        }
    }

    private func ask(_ directory: Int, _ path: [UInt8]) -> [FileStatus?]? {
        let children = known.manifest.children(of: .init(index: directory))
        guard children.contains(where: { known.manifest.nodes[$0].kind != .directory }),
            state.withLock({ $0.begun.insert(directory).inserted }),
            let place = try? place(path)
        else { return nil }
        return children.map { child in
            guard known.manifest.nodes[child].kind != .directory else { return nil }
            return try? place.status(known.manifest.name(of: .init(index: child)))
        }
    }

    private func place(_ path: [UInt8]) throws(Errno) -> Directory {
        if path.isEmpty { return try root.directory.reopened() }
        return try root.directory.openDirectory(beneath: path)
    }
}

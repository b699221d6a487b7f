import Linux
import Model
import Synchronization
import SystemPackage

/// Looks for steps' programs inside their trees, so that a missing one is told from a command that answers 127.
///
/// What was found in a root is there for good: layers never change, and their numbers are never used again. So it is
/// looked for once in each root that is known by its layers.
final class ShellLookup: Sendable {
    private struct Question: Hashable {
        let program: String
        let searchPath: String
        let layers: [LayerID]
    }

    private let found = Mutex<Set<Question>>([])
    private static let most = 1024

    /// Throws `shell-missing` when the process's program is in no directory of its search path as an executable file.
    ///
    /// - Parameter open: opens the tree's root, if that has to be looked into.
    func check(_ process: StepProcess, in open: () throws(Errno) -> Directory) throws(Failure) {
        let question = Question(
            program: process.command.first ?? "sh", searchPath: process.searchPath,
            layers: process.rootLayers)
        if !question.layers.isEmpty, found.withLock({ $0.contains(question) }) { return }
        guard let place = try Self.look(for: question, in: open) else {
            throw Self.missing(question, below: try? Self.covered(question.searchPath, in: open))
        }
        // One in the workspace is none of the layers'.
        if place == .root, !question.layers.isEmpty { keep(question) }
    }

    private static func missing(_ question: Question, below covered: String?) -> Failure {
        let (program, searchPath) = (question.program, question.searchPath)
        guard let covered else {
            return Failure(
                .shellMissing, "the image has no \(program) in \(searchPath)",
                fix: "use an image with a shell, or set PATH to where it has one")
        }
        return Failure(
            .shellMissing,
            "there is no \(program) in \(searchPath): what is mounted over \(covered) hides the image's own",
            fix: "have the workspace (workspace_target), or what else is mounted there, in another directory")
    }

    private enum Place { case root, elsewhere }

    /// Nil for a program that is nowhere.
    private static func look(
        for question: Question, in open: () throws(Errno) -> Directory
    ) throws(Failure) -> Place? {
        do throws(Errno) {
            let root = try open()
            guard let program = find(question.program, question.searchPath, in: root) else { return nil }
            return program.mountID == (try root.status().mountID) ? .root : .elsewhere
        } catch {
            throw Failure(
                .mountFailed, "the root of a step's tree can't be opened: \(error)", fix: "run `varve doctor`"
            )
        }
    }

    private func keep(_ question: Question) {
        found.withLock { found in
            if found.count >= Self.most { found = [] }
            found.insert(question)
        }
    }

    private static func find(
        _ program: String, _ searchPath: String, in root: borrowing Directory
    ) -> FileStatus? {
        if program.contains("/") { return executable(program, in: root) }
        for directory in searchPath.split(separator: ":") {
            if let found = executable("\(directory)/\(program)", in: root) { return found }
        }
        return nil
    }

    /// The first of those directories in which images have their programs that is not in the root's own mount.
    private static func covered(
        _ searchPath: String, in open: () throws(Errno) -> Directory
    ) throws(Errno) -> String? {
        let root = try open()
        let own = try root.status().mountID
        let usual = StepProcess.defaultPath.split(separator: ":")
        for directory in searchPath.split(separator: ":") where usual.contains(directory) {
            if mount(at: directory, in: root) != own { return String(directory) }
        }
        return nil
    }

    /// That of the nearest directory that is there.
    private static func mount(at path: Substring, in root: borrowing Directory) -> UInt64? {
        var parts = path.split(separator: "/")
        while !parts.isEmpty {
            let place = parts.joined(separator: "/")
            if let found = try? root.openBeneath(place, .path, resolve: [.inRoot, .noMagicLinks]).status() {
                return found.mountID
            }
            parts.removeLast()
        }
        return try? root.status().mountID
    }

    private static func executable(_ path: String, in root: borrowing Directory) -> FileStatus? {
        // Links are followed as the step will: inside its root.
        guard let file = try? root.openBeneath(path, .path, resolve: [.inRoot, .noMagicLinks]),
            let status = try? file.status(), status.kind == .file, status.mode & 0o111 != 0
        else { return nil }
        return status
    }
}

import Linux
import Model
import SystemPackage

/// Looks for a step's program inside its tree, so that a missing one is told from a command that answers 127.
enum ShellLookup {
    /// Throws `shell-missing` when `program` is in no directory of `searchPath` as an executable file.
    static func check(_ program: String, searchPath: String, in root: borrowing Directory) throws(Failure) {
        if program.contains("/") {
            if isExecutable(program, in: root) { return }
        } else {
            for directory in searchPath.split(separator: ":")
            where isExecutable("\(directory)/\(program)", in: root) {
                return
            }
        }
        throw Failure(
            .shellMissing, "the image has no \(program) in \(searchPath)",
            fix: "use an image with a shell, or set PATH to where it has one")
    }

    private static func isExecutable(_ path: String, in root: borrowing Directory) -> Bool {
        // Links are followed as the step will: inside its root.
        guard let file = try? root.openBeneath(path, .path, resolve: [.inRoot, .noMagicLinks]),
            let status = try? file.status()
        else { return false }
        return status.kind == .file && status.mode & 0o111 != 0
    }
}

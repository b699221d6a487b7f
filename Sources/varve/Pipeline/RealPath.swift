import Glibc
import Model

/// An absolute path without links, as the kernel sees it.
struct RealPath: Hashable, Sendable {
    let bytes: [UInt8]

    /// For requests: JSON carries text only.
    let text: String

    /// - Throws: `UsageProblem` if there is no such directory, or its path is not UTF-8.
    static func of(_ directory: String) throws -> RealPath {
        // SAFETY: realpath allocates its answer, which is copied and freed here.
        guard let resolved = unsafe realpath(directory, nil) else {
            throw UsageProblem(
                "there is no directory ‘\(directory)’", fix: "name the workspace's directory with -d DIR")
        }
        defer { unsafe free(resolved) }
        guard let text = unsafe String(validatingCString: resolved) else {
            throw UsageProblem(
                "the path of ‘\(directory)’ is not UTF-8", fix: "move the workspace to a path in UTF-8")
        }
        return RealPath(bytes: Array(text.utf8), text: text)
    }
}

/// Which workspace a command is about.
enum WorkspaceChoice {
    /// The name that was given, else the one made from the directory's path.
    static func name(given: String?, path: RealPath) throws(Failure) -> ResourceName {
        if let given { return try ResourceName(given, kind: "workspace") }
        return try ResourceName.workspace(forDirectory: path.bytes)
    }
}

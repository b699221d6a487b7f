import Linux
import Model
import SystemPackage

extension Failure {
    /// An entry of the caller's tree that can't be read.
    static func unreadable(_ error: Errno, _ what: String, _ path: String) -> Failure {
        let fix =
            error == .permissionDenied || error == .notPermitted
            ? "make it readable for the user who runs this, or leave it out by a line in .varveignore"
            : "see to the disk or file system it lies on, or leave it out by a line in .varveignore"
        return Failure(.workspaceUnreadable, "the \(what) \(path) can't be read: \(error)", fix: fix)
    }

    /// An entry that is changed faster than it can be read.
    static func changing(_ path: String) -> Failure {
        Failure(
            .workspaceChanging, "\(path) keeps changing while the workspace is read",
            fix: "wait for what changes it to end, or leave it out by a line in .varveignore")
    }

    static func containsStore(_ path: String) -> Failure {
        Failure(
            .badPath,
            "\(path) in the workspace is the daemon's own store, which its revision would be copied into",
            fix: "leave it out by a line in .varveignore, or register another directory")
    }

    static func tooLarge(_ detail: String) -> Failure {
        Failure(.tooLarge, detail, fix: "leave generated files out by lines in .varveignore")
    }

    /// Reading an open file of the caller's, or writing its copy, went wrong.
    static func ingesting(_ error: Errno, _ path: String) -> Failure {
        if error.isOutOfSpace { return .storageFull("no space is left in the store for \(path): \(error)") }
        return Failure(
            .storageFailed, "\(path) can't be copied into the store: \(error)",
            fix: "check the disks of the store and of the workspace")
    }
}

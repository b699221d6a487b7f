import Linux
package import Model
package import SystemPackage

extension Failure {
    /// `archive-invalid`, with the remedy that fits a damaged or ill-made archive.
    package static func archive(
        _ detail: String, fix: String = "make the archive anew, and check that it arrived whole"
    ) -> Failure {
        Failure(.archiveInvalid, detail, fix: fix)
    }

    /// What it means that something could not be written; `words` say what.
    static func writing(_ error: Errno, _ words: String) -> Failure {
        if error.isOutOfSpace { return .storageFull("\(words): \(error)") }
        return Failure(
            .storageFailed, "\(words): \(error)", fix: "check the store's file system and the kernel's log")
    }

    static var outOfMemory: Failure {
        Failure(.internalError, "there is no memory for an archive", fix: "free memory on this machine")
    }

    static func libraryTooPoor(_ message: String) -> Failure {
        Failure(
            .internalError, "libarchive lacks what is needed here: \(message)",
            fix: "install the distribution's libarchive13")
    }
}

/// Runs system calls; when one fails, `failure` says what that means.
package func calling<T: ~Copyable>(
    _ body: () throws(Errno) -> T, or failure: (Errno) -> Failure
) throws(Failure) -> T {
    do throws(Errno) {
        return try body()
    } catch {
        throw failure(error)
    }
}

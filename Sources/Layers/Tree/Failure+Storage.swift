import Linux
package import Model
package import SystemPackage

extension Failure {
    /// What an error of the file system below the store means to whoever waits for `action`.
    package static func storage(_ error: Errno, _ action: String) -> Failure {
        switch error {
        case _ where error.isOutOfSpace: .storageFull("no space left in the store to \(action)")
        case .tooManyOpenFiles, .tooManyOpenFilesInSystem:
            Failure(
                .tooMany, "too many open files to \(action)",
                fix: "raise the daemon's limit of open files (LimitNOFILE) or run fewer steps at once")
        default:
            Failure(
                .storageFailed, "cannot \(action): \(error)",
                fix: "check the store with `varve doctor --store DIR` and its file system's log")
        }
    }

    /// What an error of inotify means to whoever waits for `action`: it has limits of its own.
    package static func watching(_ error: Errno, _ action: String) -> Failure {
        switch error {
        case .tooManyOpenFiles:
            Failure(
                .tooMany, "no inotify instance is left to \(action) (fs.inotify.max_user_instances)",
                fix:
                    "sysctl fs.inotify.max_user_instances=1024: the daemon takes two, others of root the rest"
            )
        case .noSpace:
            Failure(
                .tooMany, "no inotify watch is left to \(action) (fs.inotify.max_user_watches)",
                fix: "sysctl fs.inotify.max_user_watches=524288, or run fewer steps at once")
        default: storage(error, action)
        }
    }
}

/// Runs `body` and gives its system-call errors a `Failure` that says what was being done.
func storing<T: ~Copyable>(
    _ action: @autoclosure () -> String, _ body: () throws -> T
) throws(Failure) -> T {
    do {
        return try body()
    } catch let failure as Failure {
        throw failure
    } catch let error as Errno {
        throw .storage(error, action())
    } catch {
        throw Failure(
            .internalError, "cannot \(action()): \(error)", fix: "report this with the daemon's log")
    }
}

import CLinux
package import SystemPackage

/// Project quotas of ext4 and XFS. What is said of a file system is asked through any directory of it.
extension Directory {
    /// Whether the file system keeps project quotas. It may count only, and not enforce them.
    package func hasProjectQuotas() -> Bool {
        do {
            _ = try usage(ofProject: 1)
            return true
        } catch {
            return false
        }
    }

    /// How many bytes are a project's.
    ///
    /// - Throws: `noSuchProcess`, `noFunction` and others where no project quotas are kept.
    package func usage(ofProject project: UInt32) throws(Errno) -> UInt64 {
        var bytes: UInt64 = 0
        do throws(Errno) {
            // SAFETY: the number outlives the call.
            _ = try systemCall { unsafe linux_project_usage(raw, project, &bytes) }
        } catch .noSuchFileOrDirectory {
            return 0
        }
        return bytes
    }

    /// Has all that is made in this directory from now on, and below, counted as `project`'s.
    package func setProject(_ project: UInt32) throws(Errno) {
        _ = try systemCall { linux_set_project(raw, project) }
    }

    /// Bounds what a project may have, rounded up to 1024 bytes; nil for no bound.
    package func limitProject(_ project: UInt32, to bytes: UInt64?) throws(Errno) {
        _ = try systemCall { linux_limit_project(raw, project, bytes ?? 0) }
    }
}

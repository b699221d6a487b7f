import Linux
import SystemPackage

/// What the directories of runs take on disk.
package struct RunDirectoriesUsage: Sendable, Hashable {
    package var count = 0
    /// Allocated, their steps' logs included.
    package var bytes: Int64 = 0

    /// Adds up a directory of such directories; what goes away meanwhile takes nothing.
    init(of runs: borrowing Directory) throws(Errno) {
        for name in try runs.entryNames() {
            guard let run = try runs.openDirectoryIfPresent(name) else { continue }
            count += 1
            bytes += try run.status().blocks * 512 + Self.allocated(in: run)
        }
    }

    private static func allocated(in directory: borrowing Directory) throws(Errno) -> Int64 {
        var bytes: Int64 = 0
        let names: [[UInt8]]
        do {
            names = try directory.entryNames()
        } catch .noSuchFileOrDirectory {
            // Removed since it was opened.
            return 0
        }
        for name in names {
            guard let status = try directory.statusIfPresent(name) else { continue }
            bytes += status.blocks * 512
            if status.kind == .directory, let below = try directory.openDirectoryIfPresent(name) {
                bytes += try allocated(in: below)
            }
        }
        return bytes
    }
}

extension Directory {
    fileprivate func openDirectoryIfPresent(_ name: [UInt8]) throws(Errno) -> Directory? {
        do {
            return try openDirectory(name)
        } catch .noSuchFileOrDirectory, .notDirectory {
            return nil
        }
    }
}

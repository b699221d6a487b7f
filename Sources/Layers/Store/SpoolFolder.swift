package import Linux
package import Model
import SystemPackage

/// A folder of its own below the store's spool, gone with this object or before.
package final class SpoolFolder: Sendable {
    package let path: String
    package let directory: SharedDirectory
    private let spool: SharedDirectory
    private let name: String

    /// - Parameter purpose: what it is for, as the beginning of its name.
    /// - Throws: `storage-full`, `storage-failed`.
    package init(below spoolPath: String, for purpose: String) throws(Failure) {
        name = "\(purpose)-\(String(UInt64.random(in: 0...UInt64.max), radix: 36))"
        path = "\(spoolPath)/\(name)"
        do throws(Errno) {
            spool = try SharedDirectory(opening: spoolPath)
            try spool.directory.createDirectory(name, mode: 0o700)
            directory = SharedDirectory(try spool.directory.openDirectory(name))
        } catch {
            throw Failure.storage(error, "make a folder in the spool")
        }
    }

    /// Takes the folder away, at a time of one's own choosing: others may hold this object for a moment longer.
    package func remove() { try? spool.directory.removeTree(name) }

    deinit {
        // Nobody is there to hear of a failure; the store empties its spool at every start.
        remove()
    }
}

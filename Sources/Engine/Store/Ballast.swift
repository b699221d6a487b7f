import Layers
import Linux
import Model
import Synchronization
import SystemPackage

/// A file of nothing that is given up when the disk is full, so that what has to be written down then can be: how a
/// step ended, and that something has gone.
///
/// There is one in a store. Whoever meets a full disk lets it go and tries again once; it is made anew as soon as
/// there is room.
final class Ballast: Sendable {
    private static let name = StoreFile.ballast.name
    /// Of a small disk a fiftieth.
    private static let size: Int64 = 4 << 20

    private let directory: SharedDirectory
    private let isHeld = Mutex(false)

    /// - Parameter directory: of the store, locked.
    init(in directory: SharedDirectory) throws(Errno) {
        self.directory = directory
        let isThere = try directory.directory.statusIfPresent(Self.name) != nil
        isHeld.withLock { $0 = isThere }
    }

    /// Whether there was any.
    func release() -> Bool {
        isHeld.withLock { isHeld in
            guard isHeld else { return false }
            isHeld = false
            do throws(Errno) {
                try directory.directory.remove(Self.name)
                return true
            } catch {
                return false
            }
        }
    }

    /// Makes it anew if it is gone; what there is no room for now is made another time.
    ///
    /// Blocks.
    func restore() {
        isHeld.withLock { isHeld in
            if isHeld { return }
            do throws(Errno) {
                let disk = try directory.directory.fileSystemStatus()
                let size = min(Self.size, disk.totalBytes / 50)
                guard disk.freeBytes > 2 * size else { return }
                let file = try directory.directory.openFile(Self.name, [.readWrite, .create], mode: 0o600)
                do throws(Errno) {
                    try file.allocate(size)
                } catch {
                    try directory.directory.remove(Self.name)
                    return
                }
                isHeld = true
            } catch {
                return
            }
        }
    }
}

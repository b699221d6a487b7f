package import Linux
package import Model
import SystemPackage

/// A step's volumes, mounted and attached to nothing, each with its place.
package struct VolumeMounts: ~Copyable, Sendable {
    private var mounts: [(descriptor: CInt, target: EntryPath)] = []
    private(set) var watches: [SharedWatch] = []

    init() {}

    deinit { for mount in mounts { _ = Descriptor(adopting: mount.descriptor) } }

    mutating func add(_ mount: consuming DetachedMount, at target: EntryPath) throws(Failure) {
        watches.append(try SharedWatch(mount))
        mounts.append((mount.release(), target))
    }

    /// Hands them over, in order.
    package mutating func takeAll<Problem: Error>(
        _ body: (consuming DetachedMount, EntryPath) throws(Problem) -> Void
    ) throws(Problem) {
        while !mounts.isEmpty {
            let mount = mounts.removeFirst()
            try body(DetachedMount(adopting: Descriptor(adopting: mount.descriptor)), mount.target)
        }
    }
}

/// A watch with several owners.
final class SharedWatch: Sendable {
    let watch: SuperblockWatch

    init(_ mount: borrowing DetachedMount) throws(Failure) {
        do {
            watch = try SuperblockWatch(mount)
        } catch {
            throw .watching(error, "watch a volume's overlay")
        }
    }

    init(root: borrowing Directory) throws(Failure) {
        do {
            watch = try SuperblockWatch(root: root)
        } catch {
            throw .watching(error, "watch a volume's overlay")
        }
    }
}

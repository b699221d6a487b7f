import CLinux
package import SystemPackage

/// A tree of mounts in the file system that this value answers for.
///
/// It ends by `unmount()`, which the kernel may refuse while a process uses the tree: then the handle comes
/// back and everything is mounted as before. It is never detached lazily: processes would go on writing into
/// what lies below. Dropped, it is unmounted if nobody uses it.
package struct Mount: ~Copyable, Sendable {
    /// Where it is mounted.
    package let path: [UInt8]
    /// The kernel's number of the outermost mount.
    package let identifier: UInt64
    private var inner: [[UInt8]]
    private var isLive = true

    init(path: [UInt8], identifier: UInt64, inner: [[UInt8]]) {
        self.path = path
        self.identifier = identifier
        self.inner = inner
    }

    deinit { if isLive { _ = try? unmountTree() } }

    /// Takes over a tree of mounts that was abandoned at `path`, with `inner` the places of those inside it,
    /// outer before inner, relative to it.
    ///
    /// Nil where nothing is mounted at `path` itself.
    package static func found(at path: [UInt8], inner: [[UInt8]]) throws(Errno) -> Mount? {
        guard let identifier = try identifier(of: path) else { return nil }
        return Mount(path: path, identifier: identifier, inner: inner)
    }

    /// Whether anything is mounted at `path` itself.
    package static func isThere(at path: [UInt8]) throws(Errno) -> Bool { try identifier(of: path) != nil }

    /// The mount at `path`; asked of the directory, since the table grows with all that is mounted.
    private static func identifier(of path: [UInt8]) throws(Errno) -> UInt64? {
        do {
            let place = try Descriptor.openFile(path, [.path, .noFollow])
            let above = try Directory(opening: path).openFile("..", [.path])
            let identifier = try place.status().mountID
            return try above.status().mountID == identifier ? nil : identifier
        } catch .noSuchFileOrDirectory {
            return nil
        }
    }

    /// Puts a detached mount onto a directory inside, links not followed; from then on it is part of this
    /// tree.
    ///
    /// For kernels that can't attach to a detached tree; elsewhere `DetachedMount.attach(_:at:)` shows nobody
    /// half of one.
    package mutating func attach(
        _ other: consuming DetachedMount, at path: borrowing some PathBytes & ~Copyable
    ) throws(Errno) {
        guard try isTopmost() else { throw .resourceBusy }
        let root = try Directory(opening: self.path, following: false)
        inner += try other.move(into: root, at: path)
    }

    /// Leaves it mounted for good, as something nobody answers for.
    package consuming func abandon() { isLive = false }

    /// Unmounts all of the tree, or nothing of it.
    ///
    /// Somebody else having unmounted it counts as done.
    package consuming func unmount() throws(Errno) -> UnmountOutcome {
        if try unmountTree() {
            isLive = false
            return .done
        }
        return .busy(self)
    }

    /// Inner mounts first; when one that follows is busy, those already gone are put back.
    private func unmountTree() throws(Errno) -> Bool {
        guard try isTopmost() else { return try !MountTable.contains(identifier) }
        var taken = TakenMounts()
        let isUnmounted = Result { () throws(Errno) in
            try unmountInner(&taken) ? try Linux.unmount(path) : false
        }
        if case .success(true) = isUnmounted { return true }
        try taken.restore(in: try Directory(opening: path, following: false))
        return try isUnmounted.get()
    }

    /// `false` when one of them is busy. Here, since an open root keeps the tree busy.
    private func unmountInner(_ taken: inout TakenMounts) throws(Errno) -> Bool {
        guard !inner.isEmpty else { return true }
        let root = try Directory(opening: path, following: false)
        for place in inner.reversed() where try !taken.unmount(place, in: root) { return false }
        return true
    }

    /// The mount seen at the path is this one, not another on top nor what was below.
    private func isTopmost() throws(Errno) -> Bool {
        do {
            return try FileStatus(of: path).mountID == identifier
        } catch .noSuchFileOrDirectory {
            return false
        }
    }
}

/// Mounts that were unmounted and can be put back.
private struct TakenMounts: ~Copyable {
    private var places: [[UInt8]] = []
    private var copies: [CInt] = []

    deinit { for copy in copies { _ = Descriptor(adopting: copy) } }

    /// Unmounts what is at `place`, if anything is; `false` when it is busy.
    ///
    /// Those who write to the tree may have put a link to anywhere on the way: none is followed, and what is mounted
    /// there now counts as nothing.
    mutating func unmount(_ place: [UInt8], in root: borrowing Directory) throws(Errno) -> Bool {
        let (way, name) = splitPlace(place[...])
        let parent: Directory
        do {
            parent = way.isEmpty ? try root.reopened() : try root.openDirectory(beneath: way)
        } catch {
            switch error {
            case .noSuchFileOrDirectory, .notDirectory, .tooManySymbolicLinkLevels: return true
            default: throw error
            }
        }
        guard let status = try parent.statusIfPresent(name),
            status.mountID != (try parent.status().mountID)
        else { return true }
        let copy = try DetachedMount.clone(of: try parent.openFile(name, [.path, .noFollow]))
        guard try Linux.unmount(try parent.processPath(name)) else { return false }
        places.append(place)
        copies.append(copy.release())
        return true
    }

    /// Mounts all again, outermost first.
    mutating func restore(in root: borrowing Directory) throws(Errno) {
        while let place = places.popLast(), let copy = copies.popLast() {
            _ = try DetachedMount(adopting: Descriptor(adopting: copy)).move(into: root, at: place)
        }
    }
}

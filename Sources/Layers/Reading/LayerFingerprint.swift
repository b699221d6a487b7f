import Linux
package import Model

/// What a layer looks like without its contents read, by which is known later whether it was touched.
///
/// Of the root and every name below: path, kind, mode, owner and group; of all but directories also size, time of
/// modification and represented device. Not attributes, nor a change to a file that was given its old time back.
/// Links that other layers get to its files change nothing.
package struct LayerFingerprint: Hashable, Sendable {
    /// Names below the root, whiteouts included.
    package let entries: Int
    /// Over the SHA-256 values of all of them, in any order.
    package let digest: Digest
}

extension LayerStore {
    /// Walks the layer.
    ///
    /// - Parameter isStopped: asked at every directory; once it says so nothing more is looked at.
    /// - Returns: nil for a walk that was stopped.
    package func fingerprint(
        of id: LayerID, until isStopped: @escaping () -> Bool = { false }
    ) throws(Failure) -> LayerFingerprint? {
        let root = try layer(id)
        return try storing("look at layer \(id)") {
            var walk = FingerprintWalk(try root.directory.status(), until: isStopped)
            try walk.walk(
                from: TreeDirectory(root: try root.directory.reopened()), action: "look at layer \(id)")
            return walk.isDone ? nil : walk.fingerprint
        }
    }
}

private struct FingerprintWalk: TreeVisitor {
    typealias Level = TreeDirectory

    private(set) var fingerprint: LayerFingerprint
    private let isStopped: () -> Bool

    init(_ root: FileStatus, until isStopped: @escaping () -> Bool) {
        fingerprint = LayerFingerprint(entries: 0, digest: Self.digest(of: .root, root))
        self.isStopped = isStopped
    }

    var isDone: Bool { isStopped() }

    mutating func enter(_ level: Level) throws -> [[UInt8]] {
        let opened = try level.opened()
        var subdirectories: [[UInt8]] = []
        try opened.directory.visitEntries { name in
            let status = try opened.directory.status(name)
            let digest = Self.digest(of: level.path.appending(name.bytes), status)
            fingerprint = LayerFingerprint(
                entries: fingerprint.entries + 1, digest: Digest(unordered: [fingerprint.digest, digest]))
            if status.kind == .directory { subdirectories.append(name.bytes) }
        }
        return subdirectories
    }

    mutating func visit(_ name: [UInt8], of level: Level) throws -> Level? {
        try level.child(name)
    }

    /// Of the path, a NUL, and numbers of 64 bits, lowest bytes first.
    private static func digest(of path: EntryPath, _ status: FileStatus) -> Digest {
        var bytes = path.bytes
        bytes.append(0)
        func add(_ number: some FixedWidthInteger) {
            for shift in stride(from: 0, to: 64, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: UInt64(truncatingIfNeeded: number) >> shift))
            }
        }
        add(status.kind.rawValue)
        add(status.mode)
        add(status.uid)
        add(status.gid)
        if status.kind != .directory {
            add(status.size)
            add(status.modified)
            add(status.representedDevice.major)
            add(status.representedDevice.minor)
        }
        return Digest(of: bytes)
    }
}

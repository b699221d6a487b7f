import SystemPackage

extension OverlayMounter {
    /// Whether an overlay anywhere, in whichever mount namespace, writes to the upper directory.
    ///
    /// Asks the kernel for an overlay that it refuses in any case, since upper and work directory are the same:
    /// with `index=on` it looks first whether the upper is another's (EBUSY), and only then at that (EINVAL).
    /// Nothing is mounted and nothing written. A kernel may have looked in another order: ask `tellsUse` once.
    ///
    /// - Parameter lower: any directory apart from the upper one.
    package func isInUse(_ upper: OverlayUpper, lower: SharedDirectory) throws(OverlayError) -> Bool {
        let directory = try overlayOperation("opening \(upper.name)") { () throws(Errno) -> Directory in
            try upper.parent.directory.openDirectory(upper.name)
        }
        let context = try OverlayContext.open()
        let (above, below) = ("/proc/self/fd/\(directory.raw)", "/proc/self/fd/\(lower.directory.raw)")
        do {
            for (key, value) in [
                ("lowerdir", below), ("upperdir", above), ("workdir", above), ("index", "on"),
            ] { try context.set(key, to: value, "setting \(key)") }
            _ = try context.mount([])
        } catch {
            switch error.errno {
            case .resourceBusy: return true
            case .invalidArgument: return false
            default: throw error
            }
        }
        throw OverlayError("asking whether \(upper.name) is in use", .notSupported)
    }

    /// Whether `isInUse` sees that a directory is in use which is: tried on an overlay made for it in `parent`, which
    /// has to be on a file system that carries one.
    package func tellsUse(in parent: SharedDirectory, lower: SharedDirectory) throws(OverlayError) -> Bool {
        let upper = OverlayUpper(in: parent, name: "use", workName: "use.work")
        try overlayOperation("making an overlay to try") { () throws(Errno) in
            for name in [upper.name, upper.workName] { try parent.directory.createDirectory(name) }
        }
        defer { for name in [upper.name, upper.workName] { try? parent.directory.removeTree(name) } }
        guard try !isInUse(upper, lower: lower) else { return false }
        let mount = try mount(OverlaySpecification(lowers: [OverlayLower(lower)], upper: upper))
        defer { withExtendedLifetime(mount) {} }
        return try isInUse(upper, lower: lower)
    }
}

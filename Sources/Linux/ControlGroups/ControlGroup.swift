import Glibc
package import SystemPackage

/// One directory below `/sys/fs/cgroup` in every hierarchy it exists in.
package struct ControlGroup: Sendable {
    /// Relative to the root of each hierarchy.
    package let path: String

    package init(path: String) { self.path = path }

    /// The groups of a store's steps: of a daemon in the slice that its unit has, or of one outside.
    ///
    /// - Parameter slice: `varve.slice`, or nil.
    package static func steps(of storeID: String, in slice: String?) -> ControlGroup {
        ControlGroup(path: (slice.map { $0 + "/" } ?? "") + "varve/\(storeID)")
    }

    package func child(_ name: String) -> ControlGroup { ControlGroup(path: "\(path)/\(name)") }

    /// Kills all processes in it and below, waits for their end, and removes it. Answers the numbers of
    /// processes that the kernel would not let go of within `patience`.
    package func clear(patience: Duration = .seconds(10)) throws(Errno) -> [Int32] {
        let deadline = ContinuousClock.now + patience
        var left: [Int32] = []
        for hierarchy in try hierarchies() {
            left += try Self.clear(hierarchy + "/" + path, until: deadline)
        }
        return left
    }

    /// Removes it where neither processes nor groups are in it.
    package func removeIfEmpty() {
        for hierarchy in (try? hierarchies()) ?? [] {
            // SAFETY: the path is used by the call only.
            _ = unsafe rmdir("\(hierarchy)/\(path)")
        }
    }

    /// Names of the groups right below it, in whichever hierarchy.
    package func children() throws(Errno) -> Set<String> {
        var children: Set<String> = []
        for hierarchy in try hierarchies() {
            guard let group = try? Directory(opening: "\(hierarchy)/\(path)", following: false) else {
                continue
            }
            for name in try group.entryNames() where try group.status(name).kind == .directory {
                children.insert(String(decoding: name, as: UTF8.self))
            }
        }
        return children
    }

    /// Whether a process is in it or below, in whichever hierarchy.
    package func isOccupied() throws(Errno) -> Bool {
        for hierarchy in try hierarchies() where try Self.isOccupied("\(hierarchy)/\(path)") { return true }
        return false
    }

    private func hierarchies() throws(Errno) -> [String] {
        let root = try Directory(opening: ControlGroupLayout.root)
        let names = try root.entryNames().map { String(decoding: $0, as: UTF8.self) }
        return [ControlGroupLayout.root] + names.map { ControlGroupLayout.root + "/" + $0 }
    }

    private static func clear(_ path: String, until deadline: ContinuousClock.Instant) throws(Errno)
        -> [Int32]
    {
        guard let group = try? Directory(opening: path, following: false) else { return [] }
        var left: [Int32] = []
        for name in try group.entryNames() {
            // Control files fail to open as directories.
            left += try clear(path + "/" + String(decoding: name, as: UTF8.self), until: deadline)
        }
        while left.isEmpty {
            left += try kill(group, until: deadline)
            // SAFETY: the path is used by the call only.
            if unsafe rmdir(path) == 0 || errno == ENOENT { break }
            // A process on its way out is in the group for a moment after it left the list.
            let error = Errno(rawValue: errno)
            guard error == .resourceBusy, ContinuousClock.now < deadline else { throw error }
            usleep(1000)
        }
        return left
    }

    private static func isOccupied(_ path: String) throws(Errno) -> Bool {
        guard let group = try? Directory(opening: path, following: false) else { return false }
        if !(try members(group)).isEmpty { return true }
        for name in try group.entryNames() where try group.status(name).kind == .directory {
            if try isOccupied(path + "/" + String(decoding: name, as: UTF8.self)) { return true }
        }
        return false
    }

    /// Until none is left, as the killed may have started others before.
    private static func kill(
        _ group: borrowing Directory, until deadline: ContinuousClock.Instant
    ) throws(Errno) -> [Int32] {
        while true {
            let members = try members(group)
            if members.isEmpty { return [] }
            if ContinuousClock.now >= deadline { return members }
            for pid in members { try killMember(pid, of: group, until: deadline) }
        }
    }

    private static func killMember(
        _ pid: Int32, of group: borrowing Directory, until deadline: ContinuousClock.Instant
    ) throws(Errno) {
        guard let process = try? ProcessHandle(opening: pid) else { return }
        // The number may have become another's between the list and the handle, but not after.
        guard try members(group).contains(pid) else { return }
        try? process.signal(SIGKILL)
        let left = ContinuousClock.now.duration(to: deadline)
        _ = try process.waitBlocking(for: max(.zero, left))
    }

    private static func members(_ group: borrowing Directory) throws(Errno) -> [Int32] {
        let file: Descriptor
        do {
            file = try group.openFile("cgroup.procs")
        } catch .noSuchFileOrDirectory {
            return []
        }
        let list: [UInt8]
        do {
            list = try file.readAll(limit: 1 << 24)
        } catch  where error.rawValue == ENODEV {
            // Removed meanwhile, by the runtime that made it.
            return []
        }
        return String(decoding: list, as: UTF8.self).split(separator: "\n")
            .compactMap { Int32($0) }.filter { $0 > 1 }
    }
}

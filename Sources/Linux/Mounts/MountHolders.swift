import Glibc
package import SystemPackage

/// A process that uses a file system.
package struct MountHolder: Hashable, Sendable {
    package let pid: Int32
    /// The program's name, as the kernel keeps it.
    package let name: String
    package let use: Use

    /// In what way, the first that was seen.
    package enum Use: String, Hashable, Sendable {
        case workingDirectory = "working directory"
        case root = "root directory"
        case program = "program"
        case openFile = "open file"
        case mapping = "mapped file"
        /// Its mount namespace has a mount of the file system.
        case mountNamespace = "mount namespace"
    }
}

/// Finds who keeps file systems busy, by looking at every process of this PID namespace.
package enum MountHolders {
    /// Processes that use one of the file systems with these device numbers, at most `limit`.
    ///
    /// Costs a look at every descriptor of the machine; for a refusal that has to say why. Processes that end
    /// meanwhile are left out.
    ///
    /// This process is left out.
    package static func find(holding devices: Set<DeviceNumber>, limit: Int = 16) throws(Errno)
        -> [MountHolder]
    {
        var holders: [MountHolder] = []
        let own = getpid()
        for name in try Directory(opening: "/proc").entryNames() {
            guard holders.count < limit, let pid = Int32(String(decoding: name, as: UTF8.self)), pid != own,
                let use = use(of: devices, by: "/proc/\(pid)")
            else { continue }
            let command = (try? Descriptor.openFile("/proc/\(pid)/comm").readAll(limit: 64)) ?? []
            holders.append(
                MountHolder(
                    pid: pid, name: String(decoding: command.filter { $0 != 0x0A }, as: UTF8.self), use: use))
        }
        return holders
    }

    /// Those of `find(holding:)` who are there before and after a pause: not who is gone by then, nor a program that is just
    /// being started, which has its parent's descriptors until it runs. Blocks.
    package static func find(
        staying pause: Duration, on devices: Set<DeviceNumber>
    ) throws(Errno) -> [MountHolder] {
        let before = try find(holding: devices)
        guard !before.isEmpty else { return [] }
        usleep(UInt32(pause / .microseconds(1)))
        return try find(holding: devices).filter(before.contains)
    }

    private static func use(of devices: Set<DeviceNumber>, by process: String) -> MountHolder.Use? {
        let links: [(String, MountHolder.Use)] = [
            ("cwd", .workingDirectory), ("root", .root), ("exe", .program),
        ]
        for (link, use) in links where isOn(devices, "\(process)/\(link)") { return use }
        let files = (try? Directory(opening: "\(process)/fd").entryNames()) ?? []
        if files.contains(where: { isOn(devices, "\(process)/fd/" + String(decoding: $0, as: UTF8.self)) }) {
            return .openFile
        }
        let (mapped, mounted) = (
            numbers("maps", column: 3, in: process), numbers("mountinfo", column: 2, in: process)
        )
        if !mapped.isDisjoint(with: devices) { return .mapping }
        return mounted.isDisjoint(with: devices) || sharesNamespace(process) ? nil : .mountNamespace
    }

    /// The process sees the mounts of this one's own namespace, and no others; so it is taken to be for one that does not
    /// let anybody see its namespace.
    private static func sharesNamespace(_ process: String) -> Bool {
        func namespace(_ process: String) -> [UInt8]? {
            try? Directory(opening: process).namespace(.mount)
        }
        guard let theirs = namespace(process) else { return true }
        return theirs == namespace("/proc/self")
    }

    private static func isOn(_ devices: Set<DeviceNumber>, _ link: String) -> Bool {
        guard let status = try? Descriptor.openFile(link, [.path]).status() else { return false }
        return devices.contains(status.device)
    }

    /// Device numbers in a column of one of the process's tables, as `major:minor` in hexadecimal (`maps`) or
    /// decimal (`mountinfo`).
    private static func numbers(_ table: String, column: Int, in process: String) -> Set<DeviceNumber> {
        guard let text = try? Descriptor.openFile("\(process)/\(table)").readAll(limit: 16 << 20) else {
            return []
        }
        let radix = table == "maps" ? 16 : 10
        var found: Set<DeviceNumber> = []
        for line in text.split(separator: 0x0A) {
            let fields = line.split(separator: 0x20, maxSplits: column + 1)
            guard fields.count > column else { continue }
            let parts = String(decoding: fields[column], as: UTF8.self).split(separator: ":")
                .compactMap { UInt32($0, radix: radix) }
            if parts.count == 2 { found.insert(DeviceNumber(major: parts[0], minor: parts[1])) }
        }
        return found
    }
}

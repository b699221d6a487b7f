/// The slice of the service manager's that this project's units have for the daemon and its steps.
package enum ServiceSlice {
    package static let name = "varve.slice"

    /// Its name where this process is in it, in whichever hierarchy.
    ///
    /// - Parameter table: as `/proc/self/cgroup`; by default that.
    package static func current(in table: String? = nil) -> String? {
        let bytes = try? Descriptor.openFile("/proc/self/cgroup").readAll(limit: 1 << 16)
        let text = table ?? String(decoding: bytes ?? [], as: UTF8.self)
        let isInside = text.split(separator: "\n").contains { line in
            let path = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).last ?? ""
            return path.hasPrefix("/\(name)/")
        }
        return isInside ? name : nil
    }
}

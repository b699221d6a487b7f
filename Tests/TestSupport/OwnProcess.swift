import Linux

/// What the kernel tells of this very process.
package enum OwnProcess {
    /// What follows `label` on its line of `/proc/self/FILE`; nil for no such line.
    package static func field(_ label: String, of file: String = "status") throws -> Substring? {
        let bytes = try Descriptor.openFile("/proc/self/\(file)").readAll(limit: 1 << 16)
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
            .first { $0.hasPrefix(label) }?.dropFirst(label.count)
    }
}

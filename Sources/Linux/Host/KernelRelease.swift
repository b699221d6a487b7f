/// The release of a kernel, compared by its first two numbers: what follows is the distribution's own count.
package struct KernelRelease: Comparable, Hashable, Sendable {
    package let major: Int
    package let minor: Int

    /// The oldest that Varve promises to run on.
    package static let oldest = KernelRelease(major: 6, minor: 1)

    package init(major: Int, minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// Reads `6.1`, `6.1.0-13-amd64`, `7.0-rc1`; nil for anything else.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", maxSplits: 2)
        guard parts.count >= 2, let major = Int(parts[0]), let minor = Int(parts[1].prefix { $0.isNumber })
        else {
            return nil
        }
        self.init(major: major, minor: minor)
    }

    /// That of the running kernel; the oldest where it can't be read.
    package static var current: KernelRelease { KernelRelease(currentText) ?? oldest }

    /// That of the running kernel as it says it, with the distribution's additions; empty where it can't be read.
    package static var currentText: String {
        let text = try? Descriptor.openFile("/proc/sys/kernel/osrelease").readAll(limit: 256)
        return String(decoding: (text ?? []).prefix { $0 > 0x20 }, as: UTF8.self)
    }

    package static func < (left: KernelRelease, right: KernelRelease) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }
}

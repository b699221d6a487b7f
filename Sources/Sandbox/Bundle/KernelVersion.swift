/// Major and minor number of a kernel release.
package struct KernelVersion: Comparable, Sendable, Hashable {
    package var major: Int
    package var minor: Int

    /// The oldest that Varve promises to run on.
    package static let oldest = KernelVersion(major: 6, minor: 1)

    package init(major: Int, minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// Reads `6.1`, `6.1.0-13-amd64`; nil for anything else.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", maxSplits: 2)
        guard parts.count >= 2, let major = Int(parts[0]), let minor = Int(parts[1].prefix { $0.isNumber })
        else {
            return nil
        }
        self.major = major
        self.minor = minor
    }

    package static func < (left: KernelVersion, right: KernelVersion) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }
}

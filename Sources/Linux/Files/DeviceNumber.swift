/// A device number in its two parts.
package struct DeviceNumber: Hashable, Sendable {
    package let major: UInt32
    package let minor: UInt32

    package init(major: UInt32, minor: UInt32) {
        self.major = major
        self.minor = minor
    }

    /// Both in one number, to be kept.
    package var packed: UInt64 { UInt64(major) << 32 | UInt64(minor) }

    package init(packed: UInt64) {
        self.init(major: UInt32(packed >> 32), minor: UInt32(truncatingIfNeeded: packed))
    }
}

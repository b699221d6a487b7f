import Glibc

/// What a mount forbids, whatever the file system below would allow.
package struct MountAttributes: OptionSet, Sendable {
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }

    package static let readOnly = MountAttributes(rawValue: UInt64(MOUNT_ATTR_RDONLY))
    /// No device opens.
    package static let noDevices = MountAttributes(rawValue: UInt64(MOUNT_ATTR_NODEV))
    package static let noFollow = MountAttributes(rawValue: UInt64(MOUNT_ATTR_NOSYMFOLLOW))
}

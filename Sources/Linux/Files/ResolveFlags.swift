import CLinux

/// Which ways a path may take while the kernel walks it (`openat2`).
package struct ResolveFlags: OptionSet, Sendable {
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }

    /// No `..` or link leads out of the directory; an attempt is `EXDEV`.
    package static let beneath = ResolveFlags(rawValue: LINUX_RESOLVE_BENEATH)
    /// The directory is taken for `/`: absolute links and `..` stay within.
    package static let inRoot = ResolveFlags(rawValue: LINUX_RESOLVE_IN_ROOT)
    package static let noMagicLinks = ResolveFlags(rawValue: LINUX_RESOLVE_NO_MAGICLINKS)
    package static let noSymbolicLinks = ResolveFlags(rawValue: LINUX_RESOLVE_NO_SYMLINKS)
    package static let noMountCrossing = ResolveFlags(rawValue: LINUX_RESOLVE_NO_XDEV)
}

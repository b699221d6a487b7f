import CLinux
import Glibc

/// How a file is opened. Close-on-exec is not here because it is always set.
package struct OpenFlags: OptionSet, Sendable {
    package let rawValue: CInt

    package init(rawValue: CInt) { self.rawValue = rawValue }

    package static let readOnly = OpenFlags([])
    package static let writeOnly = OpenFlags(rawValue: O_WRONLY)
    package static let readWrite = OpenFlags(rawValue: O_RDWR)
    package static let create = OpenFlags(rawValue: O_CREAT)
    /// With `create`: fail when the name exists, whatever it is.
    package static let exclusive = OpenFlags(rawValue: O_EXCL)
    package static let truncate = OpenFlags(rawValue: O_TRUNC)
    package static let append = OpenFlags(rawValue: O_APPEND)
    /// Never waits for the other end of a FIFO.
    package static let nonBlocking = OpenFlags(rawValue: O_NONBLOCK)
    package static let directory = OpenFlags(rawValue: O_DIRECTORY)
    package static let noFollow = OpenFlags(rawValue: O_NOFOLLOW)
    /// A handle for a place in the tree only: no reading or writing, and no permission on the file needed.
    package static let path = OpenFlags(rawValue: LINUX_O_PATH)
}

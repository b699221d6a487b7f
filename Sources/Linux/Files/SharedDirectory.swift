package import SystemPackage

/// An open directory with several owners, closed when the last lets go.
package final class SharedDirectory: Sendable {
    package let directory: Directory

    package init(_ directory: consuming Directory) { self.directory = directory }

    /// Opens a path of the process's own view.
    package convenience init(opening path: borrowing some PathBytes & ~Copyable) throws(Errno) {
        self.init(try Directory(opening: path))
    }
}

import Glibc
import Model

/// The program that makes containers of bundles.
package struct OCIRuntime: Hashable, Sendable {
    package var path: String
    /// Whether `delete` must run after a container's end. Runtimes that keep nothing but a directory below
    /// their state root and a control group, both ours, need no such call, which costs as much as a third of
    /// a start.
    package var needsDelete: Bool

    package init(_ path: String) {
        self.path = path
        let name = path.split(separator: "/").last ?? ""
        needsDelete = !["crun", "runc", "youki"].contains(name)
    }

    func check() throws(Failure) {
        // SAFETY: the path is used by the call only.
        if unsafe access(path, X_OK) == 0 { return }
        throw Failure(
            .runtimeMissing, "the OCI runtime \(path) is not there, or is no program",
            fix: "install the Debian package crun, or name another runtime in the configuration (runtime)")
    }
}

/// The directory of what lives no longer than the machine's boot; should be a tmpfs.
package struct RuntimeDirectory: Hashable, Sendable {
    package static let standard = RuntimeDirectory("/run/varve")

    /// Absolute.
    package let path: String

    package init(_ path: String) { self.path = path }

    /// Where the bundles of a store's steps and leases are, and the requests of its runs under way, each in a directory
    /// named after it.
    package func mounts(of storeID: String) -> String { "\(path)/mounts/\(storeID)" }
}

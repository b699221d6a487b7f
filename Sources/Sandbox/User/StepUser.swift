/// As whom a step's command runs: numbers, as the kernel knows them, and the home directory.
package struct StepUser: Hashable, Sendable {
    package var uid: UInt32
    package var gid: UInt32
    /// Supplementary groups.
    package var groups: [UInt32]
    package var home: String

    package init(uid: UInt32, gid: UInt32, groups: [UInt32] = [], home: String = "/") {
        self.uid = uid
        self.gid = gid
        self.groups = groups
        self.home = home
    }

    package static let root = StepUser(uid: 0, gid: 0, home: "/root")
}

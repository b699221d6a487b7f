/// Whose processes may enter a lease's directory.
package struct LeaseHolder: Hashable, Sendable, Codable {
    package var uid: UInt32
    package var gid: UInt32

    package init(uid: UInt32, gid: UInt32) {
        self.uid = uid
        self.gid = gid
    }
}

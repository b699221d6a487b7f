/// Makes entries that belong to 0:0 on disk appear as somebody else's; entries of other owners become
/// unusable.
package struct OwnerShift: Hashable, Sendable {
    package let uid: UInt32
    package let gid: UInt32

    package init(uid: UInt32, gid: UInt32) {
        self.uid = uid
        self.gid = gid
    }

    /// Nothing appears other than it is.
    package var isIdentity: Bool { uid == 0 && gid == 0 }
}

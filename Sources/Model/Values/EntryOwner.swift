/// Whose entries of a tree are, or appear to be.
package struct EntryOwner: Hashable, Sendable, Codable {
    package var uid: UInt32
    package var gid: UInt32

    package init(uid: UInt32, gid: UInt32) {
        self.uid = uid
        self.gid = gid
    }

    package static let root = EntryOwner(uid: 0, gid: 0)
}

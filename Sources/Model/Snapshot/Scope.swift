/// Whose a thing is: names, snapshots and workspaces of one scope are never seen from another.
package struct Scope: Hashable, Sendable, Codable {
    package let owner: UInt32

    package init(owner: UInt32) { self.owner = owner }
}

extension Scope: CustomStringConvertible {
    package var description: String { "uid:\(owner)" }
}

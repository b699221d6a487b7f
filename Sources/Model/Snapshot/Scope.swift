/// Whose a thing is: names, snapshots and workspaces of one scope are never seen from another.
package struct Scope: Hashable, Sendable, Codable {
    package let owner: UInt32

    package init(owner: UInt32) { self.owner = owner }

    /// Reads what `description` writes.
    package init?(_ text: String) {
        let digits = text.dropFirst(Scope.prefix.count)
        guard text.hasPrefix(Scope.prefix), digits.utf8.allSatisfy({ (48...57).contains($0) }),
            let owner = UInt32(digits)
        else { return nil }
        self.init(owner: owner)
    }

    private static let prefix = "uid:"
}

extension Scope: CustomStringConvertible {
    package var description: String { Scope.prefix + "\(owner)" }
}

/// What runs, snapshots and leases are called: 16 lower-case hex digits.
package enum Identifier {
    /// Whether `text` has the form of one.
    package static func isOne(_ text: String) -> Bool {
        text.utf8.count == 16 && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }
}

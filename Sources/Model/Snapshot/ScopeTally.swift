/// How many there are of something, in all and of each scope.
package struct ScopeTally: Sendable {
    package private(set) var all = 0
    private var ofScope: [Scope: Int] = [:]

    package init() {}

    package subscript(scope: Scope) -> Int { ofScope[scope, default: 0] }

    package mutating func add(_ scope: Scope) {
        all += 1
        ofScope[scope, default: 0] += 1
    }

    /// To be called once for each `add`.
    package mutating func remove(_ scope: Scope) {
        all -= 1
        let left = self[scope] - 1
        ofScope[scope] = left > 0 ? left : nil
    }

    /// What one scope may have of `limit`: half of it, and one where there is only one.
    package static func share(of limit: Int) -> Int { limit - limit / 2 }

    /// Whether there may be one more of `scope`, with at most `limit` in all.
    package func hasRoom(for scope: Scope, of limit: Int) -> Bool {
        all < limit && self[scope] < ScopeTally.share(of: limit)
    }
}

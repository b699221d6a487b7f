import Model

/// How many there are of something, in all and of each scope.
struct ScopeTally: Sendable {
    private(set) var all = 0
    private var ofScope: [Scope: Int] = [:]

    subscript(scope: Scope) -> Int { ofScope[scope, default: 0] }

    mutating func add(_ scope: Scope) {
        all += 1
        ofScope[scope, default: 0] += 1
    }

    /// To be called once for each `add`.
    mutating func remove(_ scope: Scope) {
        all -= 1
        let left = self[scope] - 1
        ofScope[scope] = left > 0 ? left : nil
    }

    /// What one scope may have of `limit`: half of it, and one where there is only one.
    static func share(of limit: Int) -> Int { limit - limit / 2 }

    /// Whether there may be one more of `scope`, with at most `limit` in all.
    func hasRoom(for scope: Scope, of limit: Int) -> Bool {
        all < limit && self[scope] < ScopeTally.share(of: limit)
    }
}

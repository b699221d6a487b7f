/// How far a look at a store has come, or its repair.
package struct CheckupProgress: Hashable, Sendable, CustomStringConvertible {
    package let action: String
    package let done: Int?
    package let total: Int?

    package init(_ action: String, _ done: Int? = nil, of total: Int? = nil) {
        self.action = action
        self.done = done
        self.total = total
    }

    /// For people: `walking the layers: 7 of 90`.
    package var description: String {
        guard let done else { return action }
        return "\(action): \(done)" + (total.map { " of \($0)" } ?? "")
    }
}

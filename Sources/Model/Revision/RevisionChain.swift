/// Which layers of a revision become one, so that its chain stays short: every step stands on it.
///
/// As in a log-structured merge, layers of like size are merged, so that an entry is taken over a number of times that grows
/// with the logarithm of the edits, and the large first layer hardly ever.
package enum RevisionChain {
    /// A longer chain is squashed.
    package static let most = 8
    /// So many of its layers stay as they are.
    private static let kept = most / 2

    /// - Parameter entries: how many each layer has, the lowest first.
    /// - Returns: the lowest of the layers to be merged, with all above it; nil for a chain that is short enough.
    package static func squashStart(_ entries: [Int64]) -> Int? {
        guard entries.count > most else { return nil }
        var merged: Int64 = 0
        for start in stride(from: entries.count - 1, through: 1, by: -1) {
            merged += entries[start]
            if start <= kept, merged <= entries[start - 1] { return start }
        }
        return 0
    }
}

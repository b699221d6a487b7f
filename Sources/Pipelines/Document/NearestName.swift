/// Finds what a misspelt name was probably meant to be.
enum NearestName {
    /// The candidate with the fewest edits, if they are at most half of the name; nil where nothing is near.
    static func nearest(to name: String, among candidates: some Sequence<String>) -> String? {
        let wanted = Array(name.utf8.prefix(200))
        var best: (name: String, edits: Int)?
        for candidate in candidates {
            let edits = edits(wanted, Array(candidate.utf8.prefix(200)))
            if edits < (best?.edits ?? .max) { best = (candidate, edits) }
        }
        guard let best, best.edits * 2 <= wanted.count else { return nil }
        return best.name
    }

    /// Damerau's distance (insertion, deletion, substitution, adjacent swap), in the restricted form.
    private static func edits(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for (row, byte) in left.enumerated() {
            var current = [row + 1]
            for (column, other) in right.enumerated() {
                let substitution = last[column] + (folded(byte) == folded(other) ? 0 : 1)
                var cost = min(last[column + 1] + 1, current[column] + 1, substitution)
                if row > 0, column > 0, byte == right[column - 1], left[row - 1] == other {
                    cost = min(cost, beforeLast[column - 1] + 1)
                }
                current.append(cost)
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }

    private static func folded(_ byte: UInt8) -> UInt8 {
        switch byte {
        case 65...90: byte + 32
        case UInt8(ascii: "-"): UInt8(ascii: "_")
        default: byte
        }
    }
}

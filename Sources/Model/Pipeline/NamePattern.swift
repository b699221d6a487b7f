/// A pattern for one name: `*`, `?`, `[…]`, and `\` for a literal character.
struct NamePattern: Hashable, Sendable {
    private var atoms: [Atom] = []

    init(_ bytes: [UInt8]) throws(PathGlob.Problem) {
        var rest = bytes[...]
        while let unit = NameUnit.first(of: rest) {
            rest = rest.dropFirst(unit.length)
            switch unit.value {
            case "*": if atoms.last != .anyRun { atoms.append(.anyRun) }
            case "?": atoms.append(.any)
            case "[": atoms.append(try Atom(bracket: &rest))
            case "\\":
                let literal = NameUnit.first(of: rest) ?? unit
                rest = rest.dropFirst(literal.length)
                atoms.append(.literal(literal.value))
            default: atoms.append(.literal(unit.value))
            }
        }
    }

    /// Greedy with one point to come back to, which is enough for `*`: no more than quadratic time.
    func matches(_ name: ArraySlice<UInt8>) -> Bool {
        var (atom, rest) = (0, name)
        var retry: (atom: Int, rest: ArraySlice<UInt8>)?
        while let unit = NameUnit.first(of: rest) {
            if atom < atoms.count, atoms[atom] == .anyRun {
                atom += 1
                retry = (atom, rest)
            } else if atom < atoms.count, atoms[atom].matches(unit.value) {
                atom += 1
                rest = rest.dropFirst(unit.length)
            } else if let point = retry, let skipped = NameUnit.first(of: point.rest) {
                rest = point.rest.dropFirst(skipped.length)
                atom = point.atom
                retry = (atom, rest)
            } else {
                return false
            }
        }
        return atoms[atom...].allSatisfy { $0 == .anyRun }
    }

    private enum Atom: Hashable, Sendable {
        case literal(NameUnit.Value)
        case any
        case anyRun
        case set([ClosedRange<NameUnit.Value>], negated: Bool)

        func matches(_ value: NameUnit.Value) -> Bool {
            switch self {
            case .literal(let expected): value == expected
            case .any, .anyRun: true
            case .set(let ranges, let negated): ranges.contains { $0.contains(value) } != negated
            }
        }

        /// Takes a set up to and with its `]` off `rest`, which stands behind the `[`. A `]` in front is a
        /// member.
        init(bracket rest: inout ArraySlice<UInt8>) throws(PathGlob.Problem) {
            var negated = false
            if let first = rest.first, first == UInt8(ascii: "!") || first == UInt8(ascii: "^") {
                negated = true
                rest.removeFirst()
            }
            var ranges: [ClosedRange<NameUnit.Value>] = []
            while true {
                if rest.first == UInt8(ascii: "]"), !ranges.isEmpty { break }
                if rest.starts(with: "[:".utf8) { throw .characterClass }
                let low = try Atom.member(&rest)
                var high = low
                if rest.first == UInt8(ascii: "-"), rest.count > 1, !rest.dropFirst().starts(with: "]".utf8) {
                    rest.removeFirst()
                    high = try Atom.member(&rest)
                }
                guard low <= high else { throw .reversedRange }
                ranges.append(low...high)
            }
            rest.removeFirst()
            self = .set(ranges, negated: negated)
        }

        private static func member(_ rest: inout ArraySlice<UInt8>) throws(PathGlob.Problem) -> NameUnit.Value
        {
            if rest.first == UInt8(ascii: "\\"), rest.count > 1 { rest.removeFirst() }
            guard let unit = NameUnit.first(of: rest) else { throw .unclosedBracket }
            rest = rest.dropFirst(unit.length)
            return unit.value
        }
    }
}

/// The bytes a `[…]` of an ignore pattern stands for.
struct ByteSet: Sendable, Hashable {
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    /// Reads on from behind the `[` to behind the closing `]`; nil when there is none, or for an unknown class.
    ///
    /// As git reads it: `!` or `^` first negates, `]` first is a member, `\` escapes, `a-z` is a range, `[:alpha:]` a class
    /// of ASCII.
    init?(parsing rest: inout ArraySlice<UInt8>) {
        let isNegated = rest.first == UInt8(ascii: "!") || rest.first == UInt8(ascii: "^")
        if isNegated { rest.removeFirst() }
        var previous: UInt8?
        var isFirst = true
        while true {
            guard let byte = rest.popFirst() else { return nil }
            if byte == UInt8(ascii: "]"), !isFirst { break }
            isFirst = false
            if byte == UInt8(ascii: "-"), let low = previous, let next = rest.first, next != UInt8(ascii: "]")
            {
                guard let high = ByteSet.popEscaped(&rest) else { return nil }
                insert(low, through: high)
                previous = nil
            } else if byte == UInt8(ascii: "["), rest.first == UInt8(ascii: ":") {
                switch ByteSet.popClass(&rest) {
                case .unclosed: return nil
                case .notOne:
                    insert(byte)
                    previous = byte
                case .name(let name):
                    guard let contains = ByteSet.classes[name] else { return nil }
                    for member in 0..<128 as Range<UInt8> where contains(member) { insert(member) }
                    previous = nil
                }
            } else {
                var member = byte
                if byte == UInt8(ascii: "\\") {
                    guard let escaped = rest.popFirst() else { return nil }
                    member = escaped
                }
                insert(member)
                previous = member
            }
        }
        if isNegated { words = (~words.0, ~words.1, ~words.2, ~words.3) }
    }

    func contains(_ byte: UInt8) -> Bool {
        let bit: UInt64 = 1 << UInt64(byte & 63)
        return switch byte >> 6 {
        case 0: words.0 & bit != 0
        case 1: words.1 & bit != 0
        case 2: words.2 & bit != 0
        default: words.3 & bit != 0
        }
    }

    private mutating func insert(_ byte: UInt8) {
        let bit: UInt64 = 1 << UInt64(byte & 63)
        switch byte >> 6 {
        case 0: words.0 |= bit
        case 1: words.1 |= bit
        case 2: words.2 |= bit
        default: words.3 |= bit
        }
    }

    private mutating func insert(_ low: UInt8, through high: UInt8) {
        guard low <= high else { return }
        for byte in low...high { insert(byte) }
    }

    private static func popEscaped(_ rest: inout ArraySlice<UInt8>) -> UInt8? {
        guard let byte = rest.popFirst() else { return nil }
        return byte == UInt8(ascii: "\\") ? rest.popFirst() : byte
    }

    private enum ClassName {
        case name(String)
        /// `[:` without `:]`: the `[` is an ordinary member.
        case notOne
        case unclosed
    }

    /// With `rest` at the `:` behind a `[`; moves on only for `.name`.
    private static func popClass(_ rest: inout ArraySlice<UInt8>) -> ClassName {
        let inside = rest.dropFirst()
        guard let end = inside.firstIndex(of: UInt8(ascii: "]")) else { return .unclosed }
        guard end > inside.startIndex, inside[end - 1] == UInt8(ascii: ":") else { return .notOne }
        let name = String(decoding: inside[..<(end - 1)], as: UTF8.self)
        rest = inside[(end + 1)...]
        return .name(name)
    }

    /// What git's own tables, which know ASCII only, put into each class.
    private static let classes: [String: @Sendable (UInt8) -> Bool] = [
        "alnum": { isAlphabetic($0) || isDigit($0) },
        "alpha": isAlphabetic,
        "blank": { $0 == 0x20 || $0 == 0x09 },
        "cntrl": { $0 < 0x20 || $0 == 0x7F },
        "digit": isDigit,
        "graph": { $0 > 0x20 && $0 < 0x7F },
        "lower": { $0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "z") },
        "print": { $0 >= 0x20 && $0 < 0x7F },
        "punct": { $0 > 0x20 && $0 < 0x7F && !isAlphabetic($0) && !isDigit($0) },
        "space": { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D },
        "upper": { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") },
        "xdigit": { isDigit($0) || (isAlphabetic($0) && $0 | 0x20 <= UInt8(ascii: "f")) },
    ]

    @Sendable private static func isAlphabetic(_ byte: UInt8) -> Bool {
        byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z")
    }

    @Sendable private static func isDigit(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }

    static func == (left: ByteSet, right: ByteSet) -> Bool { left.words == right.words }

    func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
        hasher.combine(words.2)
        hasher.combine(words.3)
    }
}

/// One segment of an ignore pattern: `*`, `?`, `[…]` and escapes over bytes, never across a slash.
struct Wildcard: Sendable, Hashable {
    private enum Token: Sendable, Hashable {
        case byte(UInt8)
        case anyByte
        case anyRun
        case set(ByteSet)
    }

    private let tokens: [Token]

    /// Nil for what git never matches anything with: an unclosed `[`, an unknown `[:class:]`, a lone `\` at the end.
    init?(_ text: ArraySlice<UInt8>) {
        var tokens: [Token] = []
        var rest = text
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "*"): if tokens.last != .anyRun { tokens.append(.anyRun) }
            case UInt8(ascii: "?"): tokens.append(.anyByte)
            case UInt8(ascii: "["):
                guard let set = ByteSet(parsing: &rest) else { return nil }
                tokens.append(.set(set))
            case UInt8(ascii: "\\"):
                guard let escaped = rest.popFirst() else { return nil }
                tokens.append(.byte(escaped))
            default: tokens.append(.byte(byte))
            }
        }
        self.tokens = tokens
    }

    /// Greedy with one point to come back to, which is enough for `*`: no pattern takes more than the product of both lengths.
    func matches(_ name: ArraySlice<UInt8>) -> Bool {
        var token = 0
        var byte = name.startIndex
        var retry: (token: Int, byte: Int)?
        while byte < name.endIndex {
            if token < tokens.count, tokens[token] == .anyRun {
                token += 1
                retry = (token, byte)
            } else if token < tokens.count, matches(tokens[token], name[byte]) {
                token += 1
                byte += 1
            } else if let point = retry {
                retry = (point.token, point.byte + 1)
                (token, byte) = (point.token, point.byte + 1)
            } else {
                return false
            }
        }
        return tokens[token...].allSatisfy { $0 == .anyRun }
    }

    private func matches(_ token: Token, _ byte: UInt8) -> Bool {
        switch token {
        case .byte(let expected): byte == expected
        case .anyByte, .anyRun: true
        case .set(let set): set.contains(byte)
        }
    }
}

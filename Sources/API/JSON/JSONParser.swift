/// Reads one JSON document (RFC 8259), strictly: no comments, no trailing commas, no repeated member names,
/// at most 128 levels.
struct JSONParser {
    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0

    static let deepest = 128

    struct Problem: Error, Hashable {
        let offset: Int
        let sentence: String
    }

    static func parse(_ bytes: [UInt8]) throws(Problem) -> JSONValue {
        var parser = JSONParser(bytes: bytes)
        let value = try parser.value()
        parser.skipSpace()
        guard parser.position == bytes.count else { throw parser.problem("text after the document") }
        return value
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private func problem(_ sentence: String) -> Problem { Problem(offset: position, sentence: sentence) }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0a, 0x0d: position += 1
            default: return
            }
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        position += 1
        return true
    }

    private mutating func value() throws(Problem) -> JSONValue {
        skipSpace()
        guard let first = next else { throw problem("the document ends here") }
        switch first {
        case UInt8(ascii: "{"): return try nested { parser throws(Problem) in try parser.object() }
        case UInt8(ascii: "["): return try nested { parser throws(Problem) in try parser.array() }
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "-"), 48...57: return .number(try number())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        default: throw problem("expected a value")
        }
    }

    private mutating func nested(
        _ body: (inout JSONParser) throws(Problem) -> JSONValue
    ) throws(Problem) -> JSONValue {
        guard depth < JSONParser.deepest else {
            throw problem("more than \(JSONParser.deepest) levels")
        }
        position += 1
        depth += 1
        let value = try body(&self)
        depth -= 1
        return value
    }

    private mutating func literal(_ word: String, _ value: JSONValue) throws(Problem) -> JSONValue {
        guard bytes[position...].starts(with: word.utf8) else { throw problem("expected ‘\(word)’") }
        position += word.utf8.count
        return value
    }

    private mutating func array() throws(Problem) -> JSONValue {
        var elements: [JSONValue] = []
        skipSpace()
        if take(UInt8(ascii: "]")) { return .array(elements) }
        while true {
            elements.append(try value())
            skipSpace()
            if take(UInt8(ascii: "]")) { return .array(elements) }
            guard take(UInt8(ascii: ",")) else { throw problem("expected ‘,’ or ‘]’") }
        }
    }

    private mutating func object() throws(Problem) -> JSONValue {
        var members: [JSONValue.Member] = []
        var names: Set<String> = []
        skipSpace()
        if take(UInt8(ascii: "}")) { return .object(members) }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw problem("expected a member name") }
            let name = try string()
            guard names.insert(name).inserted else { throw problem("member ‘\(name)’ appears twice") }
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw problem("expected ‘:’") }
            members.append(JSONValue.Member(name, try value()))
            skipSpace()
            if take(UInt8(ascii: "}")) { return .object(members) }
            guard take(UInt8(ascii: ",")) else { throw problem("expected ‘,’ or ‘}’") }
        }
    }

    /// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`
    private mutating func number() throws(Problem) -> String {
        let start = position
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) { try digits() }
        if take(UInt8(ascii: ".")) { try digits() }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try digits()
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func digits() throws(Problem) {
        let start = position
        while let byte = next, (48...57).contains(byte) { position += 1 }
        guard position > start else { throw problem("expected a digit") }
    }

    private mutating func string() throws(Problem) -> String {
        let start = position
        position += 1
        var decoded: [UInt8] = []
        var clean = position
        while true {
            guard let byte = next else { throw problem("the string has no end") }
            switch byte {
            case UInt8(ascii: "\""):
                decoded.append(contentsOf: bytes[clean..<position])
                position += 1
                guard let text = String(validating: decoded, as: UTF8.self) else {
                    throw Problem(offset: start, sentence: "the string is not UTF-8")
                }
                return text
            case UInt8(ascii: "\\"):
                decoded.append(contentsOf: bytes[clean..<position])
                position += 1
                try escape(into: &decoded)
                clean = position
            case 0..<0x20: throw problem("a control character in a string must be escaped")
            default: position += 1
            }
        }
    }

    private mutating func escape(into decoded: inout [UInt8]) throws(Problem) {
        guard let byte = next else { throw problem("the string has no end") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): decoded.append(byte)
        case UInt8(ascii: "b"): decoded.append(0x08)
        case UInt8(ascii: "f"): decoded.append(0x0c)
        case UInt8(ascii: "n"): decoded.append(0x0a)
        case UInt8(ascii: "r"): decoded.append(0x0d)
        case UInt8(ascii: "t"): decoded.append(0x09)
        case UInt8(ascii: "u"): decoded.append(contentsOf: Character(try escapedScalar()).utf8)
        default: throw problem("unknown escape in a string")
        }
    }

    private mutating func escapedScalar() throws(Problem) -> UnicodeScalar {
        let unit = try hexUnit()
        if let scalar = UnicodeScalar(unit) { return scalar }
        guard (0xd800..<0xdc00).contains(unit), take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else {
            throw problem("half of a surrogate pair in a string")
        }
        let low = try hexUnit()
        guard (0xdc00..<0xe000).contains(low),
            let scalar = UnicodeScalar(0x10000 + (unit - 0xd800) << 10 + (low - 0xdc00))
        else { throw problem("half of a surrogate pair in a string") }
        return scalar
    }

    private mutating func hexUnit() throws(Problem) -> UInt32 {
        guard position + 4 <= bytes.count else { throw problem("the string has no end") }
        var unit: UInt32 = 0
        for byte in bytes[position..<position + 4] {
            switch byte {
            case 48...57: unit = unit << 4 | UInt32(byte - 48)
            case 65...70: unit = unit << 4 | UInt32(byte - 55)
            case 97...102: unit = unit << 4 | UInt32(byte - 87)
            default: throw problem("expected four hex digits")
            }
        }
        position += 4
        return unit
    }
}

/// Reads one JSON document (RFC 8259), strictly: UTF-8 without a byte order mark, no comments, no trailing
/// commas, no half surrogates, no repeated member names, and no deeper and no more than the caller says.
struct JSONParser {
    private let bytes: [UInt8]
    private let mostLevels: Int
    private let mostValues: Int
    private var position = 0
    private var level = 0
    private var count = 0

    static func parse(
        _ bytes: [UInt8], mostLevels: Int, mostValues: Int
    ) throws(JSONProblem) -> JSONValue {
        var parser = JSONParser(bytes: bytes, mostLevels: mostLevels, mostValues: mostValues)
        let value = try parser.value()
        parser.skipSpace()
        guard parser.next == nil else { throw parser.unexpected("the end") }
        return value
    }

    private init(bytes: [UInt8], mostLevels: Int, mostValues: Int) {
        self.bytes = bytes
        self.mostLevels = mostLevels
        self.mostValues = mostValues
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { position += 1 }
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: scalar) else { return false }
        position += 1
        return true
    }

    private mutating func value() throws(JSONProblem) -> JSONValue {
        skipSpace()
        let start = position
        level += 1
        defer { level -= 1 }
        guard level <= mostLevels else {
            throw JSONProblem(.tooDeep(mostLevels: mostLevels), at: start)
        }
        count += 1
        guard count <= mostValues else {
            throw JSONProblem(.tooMany(mostValues: mostValues), at: start)
        }
        return JSONValue(try content(), at: start)
    }

    private mutating func content() throws(JSONProblem) -> JSONValue.Content {
        switch next {
        case UInt8(ascii: "{"): .object(try members())
        case UInt8(ascii: "["): .array(try elements())
        case UInt8(ascii: "\""): .string(try string())
        case UInt8(ascii: "-"), .some(48...57): .number(try number())
        case UInt8(ascii: "t"): try word("true", .bool(true))
        case UInt8(ascii: "f"): try word("false", .bool(false))
        case UInt8(ascii: "n"): try word("null", .null)
        default: throw unexpected("a value")
        }
    }

    private mutating func members() throws(JSONProblem) -> [JSONValue.Member] {
        position += 1
        var members: [JSONValue.Member] = []
        var names: Set<String> = []
        skipSpace()
        if take("}") { return members }
        while true {
            skipSpace()
            let start = position
            guard next == UInt8(ascii: "\"") else { throw unexpected("a member name in quotes") }
            let name = try string()
            guard names.insert(name).inserted else {
                throw JSONProblem(.repeatedMember(name), at: start)
            }
            skipSpace()
            guard take(":") else { throw unexpected("‘:’") }
            members.append(JSONValue.Member(name, at: start, try value()))
            skipSpace()
            if take("}") { return members }
            guard take(",") else { throw unexpected("‘,’ or ‘}’") }
        }
    }

    private mutating func elements() throws(JSONProblem) -> [JSONValue] {
        position += 1
        var elements: [JSONValue] = []
        skipSpace()
        if take("]") { return elements }
        while true {
            elements.append(try value())
            skipSpace()
            if take("]") { return elements }
            guard take(",") else { throw unexpected("‘,’ or ‘]’") }
        }
    }

    private mutating func word(
        _ word: String, _ content: JSONValue.Content
    ) throws(JSONProblem) -> JSONValue.Content {
        guard bytes[position...].starts(with: word.utf8) else { throw unexpected("a value") }
        position += word.utf8.count
        return content
    }

    /// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`, kept as written.
    private mutating func number() throws(JSONProblem) -> String {
        let start = position
        _ = take("-")
        if !take("0") { try digits() }
        if take(".") { try digits() }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            try digits()
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func digits() throws(JSONProblem) {
        let start = position
        while let byte = next, (48...57).contains(byte) { position += 1 }
        guard position > start else { throw unexpected("a digit") }
    }

    private mutating func string() throws(JSONProblem) -> String {
        let start = position
        position += 1
        var decoded: [UInt8] = []
        var clean = position
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                decoded.append(contentsOf: bytes[clean..<position])
                position += 1
                guard let text = String(validating: decoded, as: UTF8.self) else {
                    throw syntax("a string is not UTF-8", at: start)
                }
                return text
            case UInt8(ascii: "\\"):
                decoded.append(contentsOf: bytes[clean..<position])
                decoded.append(contentsOf: UTF8.encode(try escaped()) ?? UTF8.encodedReplacementCharacter)
                clean = position
            case 0..<0x20:
                throw syntax("a string has a raw control character; write it as an escape", at: position)
            default:
                position += 1
            }
        }
        throw unexpected("‘\"’ at the string's end")
    }

    private mutating func escaped() throws(JSONProblem) -> Unicode.Scalar {
        let start = position
        position += 1
        guard let byte = next else { throw unexpected("an escape") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try escapedScalar(from: start)
        default: throw syntax("an unknown escape in a string", at: start)
        }
    }

    /// One `uXXXX`, or two that are a surrogate pair.
    private mutating func escapedScalar(from start: Int) throws(JSONProblem) -> Unicode.Scalar {
        var code = try hexadecimal()
        if (0xD800...0xDBFF).contains(code), take("\\"), take("u") {
            let low = try hexadecimal()
            if (0xDC00...0xDFFF).contains(low) { code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00) }
        }
        guard let scalar = Unicode.Scalar(code) else {
            throw syntax("half of a surrogate pair in a string", at: start)
        }
        return scalar
    }

    private mutating func hexadecimal() throws(JSONProblem) -> UInt32 {
        guard position + 4 <= bytes.count else { throw unexpected("four hex digits") }
        var code: UInt32 = 0
        for byte in bytes[position..<position + 4] {
            switch byte {
            case 48...57: code = code << 4 | UInt32(byte - 48)
            case 65...70: code = code << 4 | UInt32(byte - 55)
            case 97...102: code = code << 4 | UInt32(byte - 87)
            default: throw unexpected("four hex digits")
            }
        }
        position += 4
        return code
    }

    private func unexpected(_ wanted: String) -> JSONProblem {
        let rest = String(decoding: bytes[position...].prefix(4), as: UTF8.self)
        let found = rest.unicodeScalars.first.map(JSONParser.shown) ?? "the end of the text"
        return syntax("expected \(wanted), found \(found)", at: position)
    }

    /// In quotes, or by its number where it can't be seen.
    private static func shown(_ scalar: Unicode.Scalar) -> String {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator:
            "the character U+\(String(scalar.value, radix: 16, uppercase: true))"
        default: "‘\(scalar)’"
        }
    }

    private func syntax(_ sentence: String, at offset: Int) -> JSONProblem {
        JSONProblem(.syntax(sentence), at: offset)
    }
}

/// Reads JSON (RFC 8259) with positions, exact numbers and duplicate members as errors.
struct JSONDocument {
    private let bytes: [UInt8]
    private var index = 0
    private var level = 0
    private var ruler: TextRuler

    static func read(_ text: String) throws(DocumentProblem) -> DocumentValue {
        var document = JSONDocument(text)
        let value = try document.value()
        document.skipSpace()
        guard document.index == document.bytes.count else { throw document.unexpected("the end") }
        return value
    }

    private init(_ text: String) {
        bytes = Array(text.utf8)
        ruler = TextRuler()
    }

    private var next: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func position(_ offset: Int? = nil) -> DocumentPosition {
        ruler.position(of: offset ?? index, in: bytes)
    }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { index += 1 }
    }

    private mutating func take(_ byte: Character) -> Bool {
        guard next == byte.asciiValue else { return false }
        index += 1
        return true
    }

    private mutating func value() throws(DocumentProblem) -> DocumentValue {
        skipSpace()
        let position = position()
        level += 1
        defer { level -= 1 }
        guard level <= DocumentValue.mostLevels else { throw .tooDeep(at: position) }
        switch next {
        case UInt8(ascii: "{"): return DocumentValue(.mapping(try members()), at: position)
        case UInt8(ascii: "["): return DocumentValue(.sequence(try elements()), at: position)
        case UInt8(ascii: "\""): return DocumentValue(.scalar(try string(), isQuoted: true), at: position)
        case UInt8(ascii: "-"), .some(48...57):
            return DocumentValue(.scalar(try number(), isQuoted: false), at: position)
        default: return DocumentValue(try word(), at: position)
        }
    }

    private mutating func members() throws(DocumentProblem) -> [DocumentValue.Member] {
        index += 1
        var members: [DocumentValue.Member] = []
        var names: Set<String> = []
        skipSpace()
        if take("}") { return members }
        while true {
            skipSpace()
            let namePosition = position()
            guard next == UInt8(ascii: "\"") else { throw unexpected("a member name in quotes") }
            let name = try string()
            guard names.insert(name).inserted else { throw .duplicate(name, at: namePosition) }
            skipSpace()
            guard take(":") else { throw unexpected("‘:’") }
            members.append(.init(name: name, namePosition: namePosition, value: try value()))
            skipSpace()
            if take("}") { return members }
            guard take(",") else { throw unexpected("‘,’ or ‘}’") }
        }
    }

    private mutating func elements() throws(DocumentProblem) -> [DocumentValue] {
        index += 1
        var elements: [DocumentValue] = []
        skipSpace()
        if take("]") { return elements }
        while true {
            elements.append(try value())
            skipSpace()
            if take("]") { return elements }
            guard take(",") else { throw unexpected("‘,’ or ‘]’") }
        }
    }

    private mutating func word() throws(DocumentProblem) -> DocumentValue.Content {
        for (word, content) in JSONDocument.words where bytes[index...].starts(with: word.utf8) {
            index += word.utf8.count
            return content
        }
        throw unexpected("a value")
    }

    private static let words: [(String, DocumentValue.Content)] = [
        ("null", .null), ("true", .scalar("true", isQuoted: false)),
        ("false", .scalar("false", isQuoted: false)),
    ]

    /// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`, kept as written.
    private mutating func number() throws(DocumentProblem) -> String {
        let start = index
        if next == UInt8(ascii: "-") { index += 1 }
        if !take("0") { try digits() }
        if take(".") { try digits() }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            try digits()
        }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    private mutating func digits() throws(DocumentProblem) {
        guard let byte = next, (48...57).contains(byte) else { throw unexpected("a digit") }
        while let byte = next, (48...57).contains(byte) { index += 1 }
    }

    private mutating func string() throws(DocumentProblem) -> String {
        index += 1
        var text: [UInt8] = []
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                index += 1
                return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                index += 1
                text.append(contentsOf: Array(String(try escaped()).utf8))
            case 0..<32:
                throw syntax("a string has a raw control character; write it as an escape", at: index)
            default:
                text.append(byte)
                index += 1
            }
        }
        throw unexpected("‘\"’ at the string's end")
    }

    private mutating func escaped() throws(DocumentProblem) -> Unicode.Scalar {
        let start = index - 1
        guard let byte = next else { throw unexpected("an escape") }
        index += 1
        if byte != UInt8(ascii: "u") {
            guard let scalar = JSONDocument.escapes[byte] else {
                throw syntax("an unknown escape in a string", at: start)
            }
            return scalar
        }
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

    private static let escapes: [UInt8: Unicode.Scalar] = [
        UInt8(ascii: "\""): "\"", UInt8(ascii: "\\"): "\\", UInt8(ascii: "/"): "/",
        UInt8(ascii: "b"): "\u{8}",
        UInt8(ascii: "f"): "\u{C}", UInt8(ascii: "n"): "\n", UInt8(ascii: "r"): "\r", UInt8(ascii: "t"): "\t",
    ]

    private mutating func hexadecimal() throws(DocumentProblem) -> UInt32 {
        let digits = bytes[index...].prefix(4)
        guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let code = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw unexpected("four hex digits") }
        index += 4
        return code
    }

    private mutating func unexpected(_ wanted: String) -> DocumentProblem {
        let rest = String(decoding: bytes[index...].prefix(4), as: UTF8.self)
        let found = rest.unicodeScalars.first.map { "‘\(DocumentPath.abridged(String($0)))’" }
        return syntax("expected \(wanted), found \(found ?? "the end of the text")", at: index)
    }

    private mutating func syntax(_ sentence: String, at offset: Int) -> DocumentProblem {
        DocumentProblem(
            kind: .syntax, sentence: "not valid JSON: \(sentence)", fix: "correct the JSON at that place",
            position: position(offset))
    }
}

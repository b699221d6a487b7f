/// Writes JSON (RFC 8259) straight into bytes, for lines that are written once and handed on as they are.
package enum JSONText {
    /// Appends `text` in quotation marks.
    package static func append(_ text: String, to buffer: inout [UInt8]) {
        buffer.append(quote)
        appendEscaped(text.utf8.span, to: &buffer)
        buffer.append(quote)
    }

    /// Appends `text` in quotation marks, or `null`.
    package static func append(_ text: String?, to buffer: inout [UInt8]) {
        if let text { append(text, to: &buffer) } else { buffer.append(contentsOf: null) }
    }

    /// Appends `number` in decimal.
    package static func append(_ number: Int64, to buffer: inout [UInt8]) {
        guard number >= 0 else {
            buffer.append(contentsOf: String(number).utf8)
            return
        }
        var divisor: Int64 = 1
        while number / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            buffer.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / divisor % 10))
            divisor /= 10
        }
    }

    /// Appends `number` in decimal, or `null`.
    package static func append(_ number: Int64?, to buffer: inout [UInt8]) {
        if let number { append(number, to: &buffer) } else { buffer.append(contentsOf: null) }
    }

    /// Appends `bytes`, which are UTF-8, with `"`, `\` and control characters escaped; whole clean stretches
    /// at once.
    package static func appendEscaped(_ bytes: Span<UInt8>, to buffer: inout [UInt8]) {
        var clean = 0
        for position in bytes.indices {
            let byte = bytes[position]
            guard byte < 0x20 || byte == quote || byte == backslash else { continue }
            append(bytes, clean..<position, to: &buffer)
            appendEscape(of: byte, to: &buffer)
            clean = position + 1
        }
        append(bytes, clean..<bytes.count, to: &buffer)
    }

    /// Appends `bytes` in base 64, in quotation marks.
    package static func appendBase64(_ bytes: [UInt8], to buffer: inout [UInt8]) {
        buffer.append(quote)
        Base64.append(bytes, to: &buffer)
        buffer.append(quote)
    }

    private static let quote = UInt8(ascii: "\"")
    private static let backslash = UInt8(ascii: "\\")
    private static let null: [UInt8] = Array("null".utf8)

    private static func append(_ bytes: Span<UInt8>, _ range: Range<Int>, to buffer: inout [UInt8]) {
        guard !range.isEmpty else { return }
        // SAFETY: the pointer is read only inside the closure.
        unsafe bytes.extracting(range).withUnsafeBufferPointer { unsafe buffer.append(contentsOf: $0) }
    }

    private static func appendEscape(of byte: UInt8, to buffer: inout [UInt8]) {
        buffer.append(backslash)
        switch byte {
        case quote, backslash: buffer.append(byte)
        case 0x08: buffer.append(UInt8(ascii: "b"))
        case 0x09: buffer.append(UInt8(ascii: "t"))
        case 0x0a: buffer.append(UInt8(ascii: "n"))
        case 0x0c: buffer.append(UInt8(ascii: "f"))
        case 0x0d: buffer.append(UInt8(ascii: "r"))
        default:
            buffer.append(contentsOf: "u00".utf8)
            buffer.append(hexDigit(byte >> 4))
            buffer.append(hexDigit(byte & 15))
        }
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 { value < 10 ? 48 + value : 87 + value }
}

/// Turns byte offsets into lines and columns, in time linear in the text when asked in ascending order.
struct TextRuler {
    private var offset = 0
    private var line = 1
    private var column = 1

    /// An offset before the last one asked for costs a fresh start.
    mutating func position(of target: Int, in bytes: [UInt8]) -> DocumentPosition {
        if target < offset { self = TextRuler() }
        while offset < min(target, bytes.count) {
            let byte = bytes[offset]
            if byte == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
            offset += 1
        }
        return DocumentPosition(line: line, column: column)
    }
}

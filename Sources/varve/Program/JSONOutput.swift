import API

/// Answers as JSON, one object per line on standard output.
enum JSONOutput {
    static func write(_ value: some Encodable) throws { try StandardStream.output.write(try line(value)) }

    /// With the newline.
    static func line(_ value: some Encodable) throws -> [UInt8] {
        try JSONCoding.encode(value) + [UInt8(ascii: "\n")]
    }
}

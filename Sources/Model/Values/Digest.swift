package import Crypto

/// A SHA-256 value. Written as 64 lower-case hex digits, in JSON as well.
package struct Digest: Hashable, Sendable {
    private let words: (UInt64, UInt64, UInt64, UInt64)

    /// The digest of `bytes` alone, unlabelled: for file contents.
    package init(of bytes: some Sequence<UInt8>) {
        var hash = SHA256()
        if bytes.withContiguousStorageIfAvailable({
            unsafe hash.update(bufferPointer: UnsafeRawBufferPointer($0))
        })
            == nil
        {
            hash.update(data: Array(bytes))
        }
        self.init(hash.finalize())
    }

    package init(_ digest: SHA256Digest) {
        var iterator = digest.makeIterator()
        func word() -> UInt64 {
            var value: UInt64 = 0
            for _ in 0..<8 { value = value << 8 | UInt64(iterator.next() ?? 0) }
            return value
        }
        words = (word(), word(), word(), word())
    }

    /// Exactly 32 bytes, else nil.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 32 else { return nil }
        var iterator = bytes.makeIterator()
        func word() -> UInt64 {
            var value: UInt64 = 0
            for _ in 0..<8 { value = value << 8 | UInt64(iterator.next() ?? 0) }
            return value
        }
        words = (word(), word(), word(), word())
    }

    /// Exactly 64 lower-case hex digits, else nil.
    package init?(hex: some StringProtocol) {
        var iterator = hex.utf8.makeIterator()
        func word() -> UInt64? {
            var value: UInt64 = 0
            for _ in 0..<16 {
                guard let digit = iterator.next().flatMap(Digest.value(ofHexDigit:)) else { return nil }
                value = value << 4 | UInt64(digit)
            }
            return value
        }
        guard let first = word(), let second = word(), let third = word(), let fourth = word(),
            iterator.next() == nil
        else { return nil }
        words = (first, second, third, fourth)
    }

    package var bytes: [UInt8] {
        var buffer: [UInt8] = []
        buffer.reserveCapacity(32)
        append(to: &buffer)
        return buffer
    }

    package var hex: String {
        var digits: [UInt8] = []
        digits.reserveCapacity(64)
        for byte in bytes {
            digits.append(Digest.hexDigit(byte >> 4))
            digits.append(Digest.hexDigit(byte & 15))
        }
        return String(decoding: digits, as: UTF8.self)
    }

    /// Appends the 32 bytes to `buffer` without an array of its own.
    package func append(to buffer: inout [UInt8]) {
        let big = (words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian)
        // SAFETY: four integers of one size have no padding between them; the bytes are copied within the scope.
        unsafe withUnsafeBytes(of: big) { unsafe buffer.append(contentsOf: $0) }
    }

    /// Stands for many digests whatever their order: words added up, none carrying into another. 32 zero bytes for none.
    package init(unordered digests: some Sequence<Digest>) {
        words = digests.reduce(into: (0, 0, 0, 0)) { sum, next in
            sum.0 &+= next.words.0
            sum.1 &+= next.words.1
            sum.2 &+= next.words.2
            sum.3 &+= next.words.3
        }
    }

    package static func == (left: Digest, right: Digest) -> Bool {
        left.words.0 == right.words.0 && left.words.1 == right.words.1 && left.words.2 == right.words.2
            && left.words.3 == right.words.3
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(words.0) }

    private static func hexDigit(_ value: UInt8) -> UInt8 { value < 10 ? 48 + value : 87 + value }

    private static func value(ofHexDigit digit: UInt8) -> UInt8? {
        switch digit {
        case 48...57: digit - 48
        case 97...102: digit - 87
        default: nil
        }
    }
}

extension Digest: CustomStringConvertible {
    package var description: String { hex }
}

extension Digest: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let digest = Digest(hex: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not 64 hex digits")
        }
        self = digest
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(hex)
    }
}

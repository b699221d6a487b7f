/// One character of a name, or one byte that is no UTF-8: what `?` stands for.
struct NameUnit: Hashable {
    let value: Value
    /// In bytes.
    let length: Int

    /// A Unicode scalar, or above all of them a byte.
    struct Value: Hashable, Comparable, Sendable, ExpressibleByUnicodeScalarLiteral {
        private let number: UInt32

        init(_ scalar: Unicode.Scalar) { number = scalar.value }
        init(stray byte: UInt8) { number = 0x110000 + UInt32(byte) }
        init(unicodeScalarLiteral scalar: Unicode.Scalar) { self.init(scalar) }

        static func < (left: Value, right: Value) -> Bool { left.number < right.number }
    }

    /// Nil for no bytes.
    static func first(of bytes: ArraySlice<UInt8>) -> NameUnit? {
        guard let byte = bytes.first else { return nil }
        if byte < 0x80 { return NameUnit(value: Value(Unicode.Scalar(byte)), length: 1) }
        var decoder = UTF8()
        var iterator = bytes.prefix(4).makeIterator()
        guard case .scalarValue(let scalar) = decoder.decode(&iterator) else {
            return NameUnit(value: Value(stray: byte), length: 1)
        }
        return NameUnit(value: Value(scalar), length: UTF8.width(scalar))
    }
}

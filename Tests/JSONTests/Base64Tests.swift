import JSON
import Testing

/// The vectors of RFC 4648, section 10.
@Suite struct `Base 64` {
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func `carries bytes both ways`(text: String, encoded: String) {
        #expect(Base64.encode(Array(text.utf8)) == encoded)
        #expect(Base64.decode(encoded) == Array(text.utf8))
    }

    @Test func `carries every byte`() {
        let bytes = (0...255).map(UInt8.init) + [255]
        #expect(Base64.decode(Base64.encode(bytes)) == bytes)
    }

    @Test(arguments: ["A", "AA", "AAA", "AAAAA", "A===", "====", "AA=A", "=AAA", "AA-_", "AA A", "AA==AAAA"])
    func `of another form is refused`(text: String) {
        #expect(Base64.decode(text) == nil)
    }
}

import Model
import Testing

struct ByteSizeTests {
    @Test(arguments: [
        ("0", 0), ("1048576", 1 << 20), ("1KiB", 1 << 10), ("2MiB", 2 << 20), ("3GiB", 3 << 30),
        ("4TiB", 4 << 40), ("010", 10),
        ("9223372036854775807", Int64.max), ("8388607TiB", 8_388_607 << 40),
    ])
    func `reads bytes and binary units`(text: String, bytes: Int64) {
        #expect(ByteSize(text)?.bytes == bytes)
    }

    @Test(arguments: [
        "", "KiB", "1K", "1kb", "1 KiB", "1kib", "1.5GiB", "-1", "+1", "1B", "8388608TiB",
        "9223372036854775808",
        "99999999999999999999", "1KiBKiB", "0x10", "1_000",
    ])
    func `refuses anything else`(text: String) {
        #expect(ByteSize(text) == nil)
    }

    @Test(
        arguments: [
            (Int64(0), "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1536, "1.5 KiB"), (1 << 20, "1.0 MiB"),
            ((1 << 40) - 1, "1023.9 GiB"),
            (Int64.max, "8388607.9 TiB"),
        ] as [(Int64, String)])
    func `is shown to one decimal, never rounded up`(bytes: Int64, text: String) {
        #expect(ByteSize(bytes: bytes).description == text)
    }
}

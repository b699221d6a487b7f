import Model
import Testing

struct TimeSpanTests {
    @Test(arguments: [
        ("1s", 1000), ("250ms", 250), ("1h30m", 5_400_000), ("1d", 86_400_000), ("90s", 90_000), ("0s", 0),
        ("1m1ms", 60_001),
        ("1s1h", 3_601_000), ("1m1m", 120_000), ("007s", 7000), ("36600d", 3_162_240_000_000),
    ])
    func `reads numbers with units`(text: String, milliseconds: Int64) {
        #expect(TimeSpan(text)?.milliseconds == milliseconds)
    }

    @Test(arguments: [
        "", "1", "s", "1 s", "1.5h", "-1s", "+1s", "1S", "1w", "1h 30m", "1h30", "h1", "1µs", "１s", "1mss",
        "36601d", "36600d1ms",
        "9999999999999999s", "99999999999999999999s", "999999999999999d", "1s\n",
    ])
    func `refuses anything else`(text: String) {
        #expect(TimeSpan(text) == nil)
    }

    @Test(arguments: ["0s", "1ms", "1s", "1h30m", "1d1ms", "36600d", "23h59m59s999ms"])
    func `is written as it is read`(text: String) {
        #expect(TimeSpan(text)?.description == text)
    }

    @Test func `seconds beyond a century are cut`() {
        #expect(TimeSpan(seconds: .max) == TimeSpan("36600d"))
        #expect(TimeSpan(seconds: .min).milliseconds == -3_162_240_000_000)
        #expect(TimeSpan(seconds: 5).milliseconds == 5000)
    }
}

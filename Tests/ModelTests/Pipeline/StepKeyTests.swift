import Model
import Testing

struct StepKeyTests {
    @Test(arguments: [
        "a", "apt-base", "a b", "é", "👩‍💻", ".", "..", "a.b:c", String(repeating: "x", count: 200),
    ])
    func `takes printable names`(text: String) {
        #expect(StepKey(text)?.text == text)
    }

    @Test(arguments: [
        "", "a/b", "/", "a\nb", "\u{1B}[m", "\u{9B}m", "\u{7F}", "\u{2028}", "a\u{0}",
        String(repeating: "x", count: 201),
    ])
    func `refuses what would break a command line or drive a terminal`(text: String) {
        #expect(StepKey(text) == nil)
    }
}

import JSON
import TestSupport

/// Random JSON values.
enum JSONSample {
    static func value(levels: Int, using random: inout SplitMix) -> JSONValue {
        switch Int.random(in: 0..<(levels > 1 ? 7 : 5), using: &random) {
        case 0: return JSONValue(.null)
        case 1: return JSONValue(.bool(Bool.random(using: &random)))
        case 2:
            let numbers = ["0", "-0", "1.50", "1E+2", "-3e-07", "12345678901234567890.0"]
            return JSONValue(.number(numbers.randomElement(using: &random) ?? "1"))
        case 3, 4: return JSONValue(.string(text(using: &random)))
        case 5:
            let count = Int.random(in: 0..<5, using: &random)
            return JSONValue(.array((0..<count).map { _ in value(levels: levels - 1, using: &random) }))
        default:
            let count = Int.random(in: 0..<5, using: &random)
            return JSONValue(
                .object(
                    (0..<count).map {
                        JSONValue.Member(
                            "\($0)" + text(using: &random), value(levels: levels - 1, using: &random))
                    }))
        }
    }

    static func text(using random: inout SplitMix) -> String {
        let pieces = [
            "a", "\"", "\\", "/", "\u{0}", "\n", "\u{1F}", "\u{7F}", "é", "e\u{301}", "😀", "\u{2028}",
        ]
        return (0..<Int.random(in: 0..<6, using: &random))
            .map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
    }
}

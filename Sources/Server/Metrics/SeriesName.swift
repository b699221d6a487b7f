/// The name of a series of values: a family, and labels in the order of their names.
struct SeriesName: Hashable, Comparable {
    let family: String
    /// As in the text format, without the braces; empty for no labels.
    let labels: String

    init(_ family: String, _ dimensions: [(String, String)]) {
        self.family = SeriesName.identifier(family)
        labels = dimensions.sorted { $0.0 < $1.0 }
            .map { "\(SeriesName.identifier($0.0))=\"\(SeriesName.escaped($0.1))\"" }.joined(separator: ",")
    }

    static func < (left: SeriesName, right: SeriesName) -> Bool {
        (left.family, left.labels) < (right.family, right.labels)
    }

    /// The series' name with `suffix` behind the family's.
    func text(_ suffix: String = "") -> String {
        labels.isEmpty ? family + suffix : "\(family)\(suffix){\(labels)}"
    }

    private static func identifier(_ name: String) -> String {
        guard !name.utf8.allSatisfy(isOfIdentifier) else { return name }
        return String(decoding: name.utf8.map { isOfIdentifier($0) ? $0 : UInt8(ascii: "_") }, as: UTF8.self)
    }

    private static func isOfIdentifier(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: ":"):
            true
        default: false
        }
    }

    private static func escaped(_ value: String) -> String {
        guard value.utf8.contains(where: { $0 == 0x5C || $0 == 0x22 || $0 == 0x0A }) else { return value }
        return value.reduce(into: "") { text, character in
            switch character {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.append(character)
            }
        }
    }
}

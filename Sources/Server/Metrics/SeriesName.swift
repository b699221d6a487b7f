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
        String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == ":") ? $0 : "_" })
    }

    private static func escaped(_ value: String) -> String {
        value.reduce(into: "") { text, character in
            switch character {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.append(character)
            }
        }
    }
}

import API
import JSON
import Model

extension Wire.Fact {
    init(_ fact: Fact) {
        let path = WirePath(fact.path)
        let (kind, expected): (Kind, String?) =
            switch fact {
            case .absent: (.absent, nil)
            case .entry(_, let entry): (.entry, entry.text)
            case .subtree(_, let digest): (.subtree, "the tree \(digest)")
            case .metadata(_, let kind, let mode): (.metadata, "a \(kind) of mode \(octal(mode))")
            }
        self.init(kind: kind, path: path.text, pathBase64: path.base64, expected: expected)
    }
}

extension SourceEntry {
    /// In words, for explanations.
    var text: String {
        switch self {
        case .file(let mode, let content): "file of mode \(octal(mode)) with the content \(content)"
        case .link(let target): "link whose target is \(target)"
        case .directory(let mode): "directory of mode \(octal(mode))"
        }
    }
}

/// A path as JSON carries it: as text, and exactly where the text is not.
struct WirePath {
    let text: String
    let base64: String?

    /// - Parameter prefix: what makes the path absolute.
    init(_ path: EntryPath, prefix: String = "") {
        let bytes = Array(prefix.utf8) + path.bytes
        text = EntryPath.printable(bytes)
        base64 = text.utf8.elementsEqual(bytes) ? nil : Base64.encode(bytes)
    }
}

func octal(_ mode: some BinaryInteger) -> String {
    let digits = String(mode, radix: 8)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
}

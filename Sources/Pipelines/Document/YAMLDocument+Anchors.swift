import Yams

extension YAMLDocument {
    /// Refuses a text that anchors anything, without ever expanding an alias.
    ///
    /// Yams resolves aliases while it composes, and compares a mapping's keys right then: a few hundred bytes
    /// of nested aliases in a key would take it for ever. So what is composed first is the text with every
    /// possible alias (`*name`) made an ordinary scalar. Up to the first true alias both texts have the same
    /// structure, and an alias can only stand for an anchor before it: if there is no anchor in this one,
    /// nothing is expanded in the other.
    static func refuseAnchors(in text: String) throws {
        guard mayHold("&", in: text.utf8) else { return }
        let parser = try parser(for: mayHold("*", in: text.utf8) ? withoutAliases(text) : text)
        guard let root = try parser.singleRoot() else { return }
        // A node holds its anchor weakly; the parser owns it.
        let anchored = try withExtendedLifetime(parser) { try firstAnchored(in: root, level: 1) }
        if let anchored { throw anchorProblem(at: anchored.mark.map(DocumentPosition.init)) }
    }

    static func anchorProblem(at position: DocumentPosition?) -> DocumentProblem {
        DocumentProblem(
            kind: .refused, sentence: "YAML anchors and aliases are not supported",
            fix: "write the value out where it is needed, and quote text that begins with ‘&’ or ‘*’",
            position: position)
    }

    /// Whether `indicator` stands before a character that a name can begin with.
    private static func mayHold(_ indicator: Unicode.Scalar, in text: String.UTF8View) -> Bool {
        var previous: UInt8 = 0
        for byte in text {
            if previous == UInt8(ascii: indicator), isNameByte(byte) { return true }
            previous = byte
        }
        return false
    }

    private static func withoutAliases(_ text: String) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count + 64)
        var isPending = false
        for byte in text.utf8 {
            if isPending {
                bytes.append(contentsOf: isNameByte(byte) ? Array("\u{E000}".utf8) : Array("*".utf8))
            }
            isPending = byte == UInt8(ascii: "*")
            if !isPending { bytes.append(byte) }
        }
        if isPending { bytes.append(UInt8(ascii: "*")) }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 48...57, 65...90, 97...122, UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
    }

    private static func firstAnchored(in node: Node, level: Int) throws(DocumentProblem) -> Node? {
        if node.anchor != nil { return node }
        guard level <= DocumentValue.mostLevels else {
            throw .tooDeep(at: node.mark.map(DocumentPosition.init))
        }
        switch node {
        case .scalar, .alias:
            break
        case .sequence(let sequence):
            for element in sequence {
                if let found = try firstAnchored(in: element, level: level + 1) { return found }
            }
        case .mapping(let mapping):
            for (key, value) in mapping {
                if let found = try firstAnchored(in: key, level: level + 1) { return found }
                if let found = try firstAnchored(in: value, level: level + 1) { return found }
            }
        }
        return nil
    }
}

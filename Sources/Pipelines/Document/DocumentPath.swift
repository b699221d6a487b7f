/// The way from a document's root to something in it, written `steps[2].cache.ttl`.
indirect enum DocumentPath: Hashable, Sendable {
    case root
    case member(DocumentPath, String)
    case element(DocumentPath, Int)
}

extension DocumentPath: CustomStringConvertible {
    /// Empty for the root.
    var description: String {
        switch self {
        case .root:
            ""
        case .member(let parent, let name):
            if DocumentPath.isPlain(name) {
                parent == .root ? name : "\(parent).\(name)"
            } else {
                "\(parent)[\"\(DocumentPath.abridged(name))\"]"
            }
        case .element(let parent, let index):
            "\(parent)[\(index)]"
        }
    }

    private static func isPlain(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case 48...57, 65...90, 97...122, UInt8(ascii: "_"), UInt8(ascii: "-"): true
                default: false
                }
            }
    }
}

/// One line of a file like `.gitignore`.
struct IgnorePattern: Sendable, Hashable {
    /// `!`: what matches is brought back in.
    let isNegated: Bool
    /// A trailing slash: only directories match.
    let isDirectoryOnly: Bool
    private let shape: Shape

    /// The cheap comparisons first: most patterns are plain names or `*.suffix`.
    private enum Shape: Sendable, Hashable {
        case name(ArraySlice<UInt8>)
        case suffix(ArraySlice<UInt8>)
        case wildName(Wildcard)
        case path(PathPattern)
        /// Well-formed for git, but matching nothing.
        case nothing
    }

    /// - Parameter line: without its newline. Nil for empty lines and comments.
    init?(line: some Sequence<UInt8>) {
        var text = IgnorePattern.trimmingSpaces(Array(line.prefix { $0 != 0 }))[...]
        guard let first = text.first, first != UInt8(ascii: "#") else { return nil }
        isNegated = first == UInt8(ascii: "!")
        if isNegated { text.removeFirst() }
        isDirectoryOnly = text.last == UInt8(ascii: "/")
        if isDirectoryOnly { text.removeLast() }
        shape = IgnorePattern.shape(of: text)
    }

    /// - Parameters:
    ///   - path: relative to the directory of the pattern's file.
    ///   - name: the last component of `path`.
    func matches(_ path: ArraySlice<UInt8>, name: ArraySlice<UInt8>, isDirectory: Bool) -> Bool {
        if isDirectoryOnly && !isDirectory { return false }
        return switch shape {
        case .name(let plain): plain.count == name.count && plain.elementsEqual(name)
        case .suffix(let suffix):
            suffix.count <= name.count && name.suffix(suffix.count).elementsEqual(suffix)
        case .wildName(let wildcard): wildcard.matches(name)
        case .path(let pattern): pattern.matches(path)
        case .nothing: false
        }
    }

    private static func shape(of text: ArraySlice<UInt8>) -> Shape {
        if let slash = text.firstIndex(of: UInt8(ascii: "/")) {
            // A leading slash only anchors.
            let anchored = slash == text.startIndex ? text.dropFirst() : text
            return PathPattern(anchored).map(Shape.path) ?? .nothing
        }
        if text.isEmpty { return .nothing }
        if !text.contains(where: isSpecial) { return .name(text) }
        let behindStar = text.dropFirst()
        if text.first == UInt8(ascii: "*"), !behindStar.contains(where: isSpecial) {
            return .suffix(behindStar)
        }
        return Wildcard(text).map(Shape.wildName) ?? .nothing
    }

    private static func isSpecial(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "*") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "[")
            || byte == UInt8(ascii: "\\")
    }

    /// Takes trailing spaces away, up to one that a backslash protects. A lone `\` at the end protects all before it.
    private static func trimmingSpaces(_ text: [UInt8]) -> [UInt8] {
        var end = 0
        var position = 0
        while position < text.count {
            switch text[position] {
            case UInt8(ascii: " "): position += 1
            case UInt8(ascii: "\\"):
                if position + 1 == text.count { return text }
                position += 2
                end = position
            default:
                position += 1
                end = position
            }
        }
        return Array(text[..<end])
    }
}

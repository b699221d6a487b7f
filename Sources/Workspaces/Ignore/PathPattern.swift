/// An ignore pattern with a slash in it, matched against a whole path below the directory of its file.
struct PathPattern: Sendable, Hashable {
    private enum Segment: Sendable, Hashable {
        /// `**`: any number of names.
        case anyDepth
        case anyName
        case name(Wildcard)
    }

    /// What every match begins with, byte by byte. The rest is matched from there on, even from within a name.
    private let prefix: ArraySlice<UInt8>
    /// Nil: the prefix is everything.
    private let segments: [Segment]?

    /// - Parameter text: the pattern without `!`, leading and trailing slash. Nil for what git never matches anything with.
    init?(_ text: ArraySlice<UInt8>) {
        let wild = text.firstIndex { Self.special.contains($0) } ?? text.endIndex
        prefix = text[..<wild]
        guard wild < text.endIndex else {
            segments = nil
            return
        }
        // git compares the plain beginning by itself and takes what follows for a pattern of its own: `a/b**/c` has a
        // `**` "at the beginning" and matches a/bx/y/c. Equal to git means equal in this.
        guard let segments = PathPattern.segments(of: text[wild...]) else { return nil }
        self.segments = segments
    }

    func matches(_ path: ArraySlice<UInt8>) -> Bool {
        guard path.starts(with: prefix) else { return false }
        let rest = path.dropFirst(prefix.count)
        guard let segments else { return rest.isEmpty }
        return PathPattern.match(segments, rest)
    }

    private static let special = Array("*?[\\".utf8)

    private static func segments(of text: ArraySlice<UInt8>) -> [Segment]? {
        guard let parts = split(text) else { return nil }
        var segments: [Segment] = []
        for (index, part) in parts.enumerated() {
            if part.text.count >= 2, part.text.allSatisfy({ $0 == UInt8(ascii: "*") }) {
                // At the end it wants at least one name; before an escaped slash git does too.
                if index == parts.count - 1 || part.endsEscaped { segments.append(.anyName) }
                if segments.last != .anyDepth { segments.append(.anyDepth) }
            } else {
                guard let wildcard = Wildcard(part.text) else { return nil }
                segments.append(.name(wildcard))
            }
        }
        return segments
    }

    /// Cuts at slashes, but not within `[…]`; `endsEscaped` is set where the slash was written `\/`.
    private static func split(_ text: ArraySlice<UInt8>) -> [(text: ArraySlice<UInt8>, endsEscaped: Bool)]? {
        var parts: [(text: ArraySlice<UInt8>, endsEscaped: Bool)] = []
        var start = text.startIndex
        var rest = text
        while let byte = rest.popFirst() {
            let position = rest.startIndex - 1
            switch byte {
            case UInt8(ascii: "/"):
                parts.append((text[start..<position], false))
                start = rest.startIndex
            case UInt8(ascii: "\\"):
                guard let escaped = rest.popFirst() else { return nil }
                if escaped == UInt8(ascii: "/") {
                    parts.append((text[start..<position], true))
                    start = rest.startIndex
                }
            case UInt8(ascii: "["):
                guard ByteSet(parsing: &rest) != nil else { return nil }
            default: break
            }
        }
        parts.append((text[start...], false))
        return parts
    }

    /// As `Wildcard.matches`, with names for bytes.
    private static func match(_ segments: [Segment], _ path: ArraySlice<UInt8>) -> Bool {
        var segment = 0
        // Start of the next name; past the end when there is none left.
        var position = path.startIndex
        var retry: (segment: Int, position: Int)?
        while position <= path.endIndex {
            let end = path[position...].firstIndex(of: UInt8(ascii: "/")) ?? path.endIndex
            if segment < segments.count, segments[segment] == .anyDepth {
                segment += 1
                retry = (segment, position)
                continue
            }
            if segment < segments.count, matches(segments[segment], path[position..<end]) {
                segment += 1
                position = end + 1
            } else if let point = retry {
                let skipped = path[point.position...].firstIndex(of: UInt8(ascii: "/")) ?? path.endIndex
                retry = (point.segment, skipped + 1)
                (segment, position) = (point.segment, skipped + 1)
            } else {
                return false
            }
        }
        return segments[segment...].allSatisfy { $0 == .anyDepth }
    }

    private static func matches(_ segment: Segment, _ name: ArraySlice<UInt8>) -> Bool {
        guard case .name(let wildcard) = segment else { return true }
        return wildcard.matches(name)
    }
}

/// A glob over the paths of a revision: `*`, `?` and `[…]` match within a segment (leading dots too), `**`
/// across segments.
///
/// A match that is a directory covers all below it; `./x` is `x`; a trailing `/` is ignored. `?` and `[…]`
/// stand for one character, or for one byte where a name is not UTF-8; `\` takes the next character
/// literally.
package struct PathGlob: Hashable, Sendable {
    /// As written, without a leading `./` and a trailing `/`.
    package let text: String
    private let segments: [Segment]

    /// - Throws: `Problem` for an empty or absolute glob, one with `..`, a bad `[…]`, or one that is too
    ///   long.
    package init(_ written: String) throws(Problem) {
        guard !written.isEmpty else { throw .empty }
        guard written.utf8.count <= 4096 else { throw .tooLong }
        guard !written.utf8.starts(with: "/".utf8) else { throw .absolute }
        let parts = written.utf8.split(separator: UInt8(ascii: "/")).filter { !$0.elementsEqual(".".utf8) }
        var parsed: [Segment] = []
        for part in parts {
            if part.elementsEqual("..".utf8) { throw .parentDirectory }
            let segment = try Segment(part)
            if segment == .anyDepth, parsed.last == .anyDepth { continue }
            parsed.append(segment)
        }
        guard parsed.count <= PathGlob.mostSegments else { throw .tooLong }
        segments = parsed
        text = parts.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "/")
    }

    /// How many a list of them may have.
    package static let mostInList = 1000

    /// So that the places within a glob fit into the bits of a word.
    private static let mostSegments = 63

    package enum Problem: Error, Hashable, Sendable {
        case empty, absolute, parentDirectory, unclosedBracket, reversedRange, characterClass, tooLong

        package var sentence: String {
            switch self {
            case .empty: "a path pattern must not be empty"
            case .absolute: "a path pattern is relative to the workspace and must not begin with ‘/’"
            case .parentDirectory: "a path pattern must not contain ‘..’"
            case .unclosedBracket: "a ‘[’ in a path pattern has no closing ‘]’"
            case .reversedRange: "a range in a path pattern ends before it begins"
            case .characterClass:
                "‘[:…:]’ is not supported in a path pattern; write the characters, such as ‘[0-9]’"
            case .tooLong: "a path pattern has at most 4096 bytes and 63 segments"
            }
        }
    }
}

/// The places in a glob that a path can have led to, as bits: time is linear in both, whatever the glob.
extension PathGlob {
    typealias Places = UInt64

    /// At the root.
    var start: Places { settled(1) }

    func isComplete(_ places: Places) -> Bool { places >> UInt64(segments.count) & 1 == 1 }

    /// Whether something below could match.
    func mayGoOn(_ places: Places) -> Bool { places & ~(1 << UInt64(segments.count)) != 0 }

    func advance(_ places: Places, over component: ArraySlice<UInt8>) -> Places {
        var next: Places = 0
        for (index, segment) in segments.enumerated() where places >> UInt64(index) & 1 == 1 {
            switch segment {
            case .anyDepth: next |= 1 << UInt64(index)
            case .pattern(let pattern): if pattern.matches(component) { next |= 1 << UInt64(index + 1) }
            }
        }
        return settled(next)
    }

    /// Adds the places behind each `**`, which matches no segment at all too.
    private func settled(_ places: Places) -> Places {
        var settled = places
        for (index, segment) in segments.enumerated()
        where segment == .anyDepth && settled >> UInt64(index) & 1 == 1 {
            settled |= 1 << UInt64(index + 1)
        }
        return settled
    }

    /// What one segment of a path must look like.
    private enum Segment: Hashable, Sendable {
        case anyDepth
        case pattern(NamePattern)

        init(_ bytes: some Collection<UInt8>) throws(Problem) {
            self = bytes.elementsEqual("**".utf8) ? .anyDepth : .pattern(try NamePattern(Array(bytes)))
        }
    }
}

extension PathGlob: CustomStringConvertible {
    package var description: String { text.isEmpty ? "." : text }
}

extension PathGlob: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        do {
            self = try PathGlob(text)
        } catch {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: error.sentence)
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// A path below some root, as bytes: names on Linux need not be UTF-8.
///
/// Components are separated by `/`; none is empty, `.` or `..`. The root itself is the empty path.
package struct EntryPath: Hashable, Sendable {
    package let bytes: [UInt8]

    package static let root = EntryPath(unchecked: [])

    /// - Parameter unchecked: bytes that are known to obey the rules above, for instance joined from
    ///   directory entries.
    package init(unchecked bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Nil if `bytes` has an empty, `.` or `..` component, a NUL, or a leading or trailing slash.
    package init?(_ bytes: some Sequence<UInt8>) {
        let bytes = Array(bytes)
        guard !bytes.isEmpty else {
            self = .root
            return
        }
        for component in bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            if component.isEmpty || component.contains(0) || component.elementsEqual(".".utf8)
                || component.elementsEqual("..".utf8)
            {
                return nil
            }
        }
        self.init(unchecked: bytes)
    }

    package init?(_ string: String) { self.init(string.utf8) }

    package var isRoot: Bool { bytes.isEmpty }

    package var components: [ArraySlice<UInt8>] { bytes.split(separator: UInt8(ascii: "/")) }

    /// The last component; empty for the root.
    package var name: ArraySlice<UInt8> {
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return bytes[...] }
        return bytes[(slash + 1)...]
    }

    /// The directory that holds this entry; nil for the root.
    package var parent: EntryPath? {
        guard !isRoot else { return nil }
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return .root }
        return EntryPath(unchecked: Array(bytes[..<slash]))
    }

    package func appending(_ name: some Collection<UInt8>) -> EntryPath {
        if isRoot { return EntryPath(unchecked: Array(name)) }
        var joined = bytes
        joined.reserveCapacity(bytes.count + 1 + name.count)
        joined.append(UInt8(ascii: "/"))
        joined.append(contentsOf: name)
        return EntryPath(unchecked: joined)
    }

    /// Whether this is `other` or lies below it.
    package func isAtOrBelow(_ other: EntryPath) -> Bool {
        if other.isRoot { return true }
        guard bytes.starts(with: other.bytes) else { return false }
        return bytes.count == other.bytes.count || bytes[other.bytes.count] == UInt8(ascii: "/")
    }
}

extension EntryPath: Comparable {
    /// By bytes, so that the order does not depend on a locale.
    package static func < (left: EntryPath, right: EntryPath) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}

extension EntryPath: CustomStringConvertible {
    /// For people: bytes that are not UTF-8, and control characters, are written `\xNN`.
    package var description: String { isRoot ? "." : EntryPath.printable(bytes) }

    package static func printable(_ bytes: some Collection<UInt8>) -> String {
        if let text = String(validating: bytes, as: UTF8.self),
            !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        {
            return text
        }
        return bytes.map { byte in
            byte >= 32 && byte < 127
                ? String(UnicodeScalar(byte))
                : "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }
}

extension EntryPath: Codable {
    /// A JSON string where the path is UTF-8, else an array of byte values.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let bytes: [UInt8]
        if let text = try? container.decode(String.self) {
            bytes = Array(text.utf8)
        } else {
            bytes = try container.decode([UInt8].self)
        }
        guard let path = EntryPath(bytes) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a relative path")
        }
        self = path
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let text = String(validating: bytes, as: UTF8.self) {
            try container.encode(text)
        } else {
            try container.encode(bytes)
        }
    }
}

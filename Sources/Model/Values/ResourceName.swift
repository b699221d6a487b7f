/// The name of an image, a workspace or a volume: one percent-encoded path segment of the API.
///
/// At most 200 bytes of `[A-Za-z0-9._/:@-]`, with no empty, `.` or `..` component between slashes.
package struct ResourceName: Hashable, Sendable, Codable {
    package let text: String

    /// - Throws: `bad-name`.
    package init(_ text: String, kind: String) throws(Failure) {
        guard ResourceName.isValid(text) else {
            throw Failure(
                .badName, "‘\(EntryPath.printable(Array(text.utf8.prefix(220))))’ is no valid \(kind) name",
                fix:
                    "use 1 to 200 of the characters A-Z a-z 0-9 . _ / : @ - without empty, ‘.’ or ‘..’ parts between slashes"
            )
        }
        self.text = text
    }

    private static func isValid(_ text: String) -> Bool {
        guard (1...200).contains(text.utf8.count) else { return false }
        guard text.utf8.allSatisfy(isAllowed) else { return false }
        return text.split(separator: "/", omittingEmptySubsequences: false)
            .allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
    }

    package static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case 48...57, 65...90, 97...122: true
        case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "/"), UInt8(ascii: ":"), UInt8(ascii: "@"),
            UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

extension ResourceName: CustomStringConvertible {
    package var description: String { text }
}

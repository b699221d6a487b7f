/// A place in a step's root below the root itself, absolute as the step sees it: `/workspace`.
package struct StepPath: Hashable, Sendable {
    /// From the step's root.
    package let entry: EntryPath

    /// Where the workspace is unless somebody says otherwise.
    package static let usualWorkspace = StepPath(entry: EntryPath(unchecked: Array("workspace".utf8)))

    private init(entry: EntryPath) { self.entry = entry }

    /// Nil for the root.
    package init?(_ entry: EntryPath) {
        guard !entry.isRoot else { return nil }
        self.init(entry: entry)
    }

    /// Nil for text that is not absolute, or has an empty, `.` or `..` component, a NUL, or a slash at its end.
    package init?(_ text: String) {
        guard text.utf8.first == UInt8(ascii: "/"), let entry = EntryPath(text.utf8.dropFirst()) else {
            return nil
        }
        self.init(entry)
    }

    /// With the leading slash.
    package var text: String { "/" + String(decoding: entry.bytes, as: UTF8.self) }
}

extension StepPath: Comparable {
    /// By bytes.
    package static func < (left: StepPath, right: StepPath) -> Bool { left.entry < right.entry }
}

extension StepPath: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let path = StepPath(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a place in a step")
        }
        self = path
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

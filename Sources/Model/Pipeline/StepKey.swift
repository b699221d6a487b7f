/// What a step is called within its pipeline: 1 to 200 bytes, printable, without `/`.
package struct StepKey: Hashable, Sendable {
    package let text: String

    /// Nil for an empty or too long key, or one with `/` or characters that control a terminal
    /// or the order of text (`RUN/KEY` names a step of a run).
    package init?(_ text: String) {
        guard (1...200).contains(text.utf8.count), !text.contains("/"),
            !text.unicodeScalars.contains(where: {
                StepKey.unprintable.contains($0.properties.generalCategory) || StepKey.reorders($0)
            })
        else { return nil }
        self.text = text
    }

    /// What would drive a terminal or break a line of a listing.
    private static let unprintable: Set<Unicode.GeneralCategory> = [
        .control, .lineSeparator, .paragraphSeparator,
    ]

    /// What would show the text after it in another order than it is written.
    private static func reorders(_ scalar: Unicode.Scalar) -> Bool {
        (0x202a...0x202e).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
    }
}

extension StepKey: Comparable {
    package static func < (left: StepKey, right: StepKey) -> Bool { left.text < right.text }
}

extension StepKey: CustomStringConvertible {
    package var description: String { text }
}

extension StepKey: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let key = StepKey(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a step key")
        }
        self = key
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

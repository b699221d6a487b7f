package import Model

extension Wire {
    /// A moment, as RFC 3339 text.
    package struct Time: Hashable, Sendable {
        package var timestamp: Timestamp

        package init(_ timestamp: Timestamp) {
            self.timestamp = timestamp
        }
    }
}

extension Wire.Time: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let timestamp = Timestamp(rfc3339: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "expected an RFC 3339 time")
        }
        self.timestamp = timestamp
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(timestamp.rfc3339)
    }
}

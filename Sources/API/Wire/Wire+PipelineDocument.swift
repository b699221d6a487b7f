package import JSON

extension Wire {
    /// A pipeline as a request carries it: a string of YAML or JSON, or the JSON document itself.
    package enum PipelineDocument: Hashable, Sendable {
        case text(String)
        case document(JSONValue)

        /// The document as text; a JSON document keeps its order of members and its spelling of numbers.
        package var text: String {
            switch self {
            case .text(let text): text
            case .document(let value): value.text
            }
        }
    }
}

extension Wire.PipelineDocument: Codable {
    package init(from decoder: any Decoder) throws {
        let value = try JSONValue(from: decoder)
        switch value.content {
        case .string(let text): self = .text(text)
        case .object: self = .document(value)
        default:
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription: "expected a pipeline as an object or a string, found \(value.kindName)")
            )
        }
    }

    package func encode(to encoder: any Encoder) throws {
        switch self {
        case .text(let text): try text.encode(to: encoder)
        case .document(let value): try value.encode(to: encoder)
        }
    }
}

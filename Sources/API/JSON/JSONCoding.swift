package import JSON
package import Model

/// Wire types to and from JSON, with errors that name the member.
package enum JSONCoding {
    /// Whether members a type does not know are an error.
    package enum UnknownMembers: Sendable {
        /// For answers: adding members is no new version.
        case ignored
        /// For requests: a misspelt option must not be silently without effect.
        case refused
    }

    /// - Throws: `bad-request`, naming the member.
    package static func decode<Value: Decodable>(
        _ type: Value.Type, from bytes: [UInt8], unknownMembers: UnknownMembers
    ) throws(Failure) -> Value {
        try decode(type, from: try JSONValue(parsing: bytes), unknownMembers: unknownMembers)
    }

    /// - Throws: `bad-request`, naming the member.
    package static func decode<Value: Decodable>(
        _ type: Value.Type, from value: JSONValue, unknownMembers: UnknownMembers
    ) throws(Failure) -> Value {
        do {
            return try JSONValueDecoder(value, codingPath: [], unknownMembers: unknownMembers).decode(type)
        } catch let failure as Failure {
            throw failure
        } catch let error as DecodingError {
            throw failure(error)
        } catch {
            throw Failure(.badRequest, "\(error)", fix: remedy)
        }
    }

    /// Members that are nil are left out unless the type says otherwise.
    package static func encode(_ value: some Encodable) throws(Failure) -> [UInt8] {
        do {
            return try JSONTextEncoder.encode(value)
        } catch {
            throw Failure(
                .internalError, "a \(type(of: value)) cannot be written as JSON: \(error)",
                fix: "report this as a defect of Varve")
        }
    }

    private static let remedy = "see docs/openapi.yaml for the members of this request"

    private static func failure(_ error: DecodingError) -> Failure {
        let (context, what): (DecodingError.Context, String) =
            switch error {
            case .typeMismatch(_, let context), .dataCorrupted(let context):
                (context, context.debugDescription)
            case .valueNotFound(_, let context): (context, "must not be null")
            case .keyNotFound(let key, let context): (context, "member ‘\(key.stringValue)’ is missing")
            @unknown default:
                (DecodingError.Context(codingPath: [], debugDescription: ""), "\(error)")
            }
        let place = place(context.codingPath)
        return Failure(.badRequest, place.isEmpty ? what : "\(place): \(what)", fix: remedy)
    }

    /// `options.targets[0]`.
    private static func place(_ path: [any CodingKey]) -> String {
        path.reduce(into: "") { text, key in
            if let index = key.intValue {
                text += "[\(index)]"
            } else {
                text += (text.isEmpty ? "" : ".") + key.stringValue
            }
        }
    }
}

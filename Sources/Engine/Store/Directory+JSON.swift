import Foundation
import JSON
import Linux

extension Directory {
    /// Writes a value as the whole content of a file, as `replaceFile` does.
    func replace(_ name: String, with value: some Encodable) throws {
        try replaceFile(name, with: try JSONTextEncoder.encode(value))
    }

    /// Nil where there is no such file.
    func value<Value: Decodable>(_ name: String, as type: Value.Type) throws -> Value? {
        guard try statusIfPresent(name) != nil else { return nil }
        let bytes = try openFile(name).readAll(limit: 256 << 20)
        return try JSONDecoder().decode(type, from: Data(bytes))
    }
}

import API
import Foundation
import JSON
import Model

/// An answer as it came over the wire, taken apart.
struct HTTPReply: Sendable {
    let status: Int
    let headers: [String: String]
    let body: [UInt8]
    /// Whether the body came to its own end; an answer that is broken off does not.
    let isWhole: Bool

    init(_ bytes: [UInt8]) throws {
        guard let gap = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else {
            throw CocoaError(.fileReadCorruptFile)
        }
        let lines = String(decoding: bytes[..<gap.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
            throw CocoaError(.fileReadCorruptFile)
        }
        self.status = status
        headers = Dictionary(
            lines.dropFirst().compactMap { line in
                line.firstIndex(of: ":").map { colon in
                    (
                        line[..<colon].lowercased(),
                        line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
                    )
                }
            }, uniquingKeysWith: { first, _ in first })
        let rest = bytes[gap.upperBound...]
        if headers["transfer-encoding"] == "chunked" {
            (body, isWhole) = HTTPReply.unchunked(rest)
        } else {
            body = Array(rest)
            isWhole = headers["content-length"].flatMap { Int($0) } ?? 0 == rest.count
        }
    }

    static func request(
        _ method: String, _ path: String, headers: [String: String] = [:], body: String? = nil
    ) -> String {
        var lines = ["\(method) \(path) HTTP/1.1", "Host: varve", "Connection: close"]
        lines += headers.map { "\($0.key): \($0.value)" }
        if let body { lines.append("Content-Length: \(body.utf8.count)") }
        return lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? "")
    }

    var text: String { String(decoding: body, as: UTF8.self) }

    func json() throws -> JSONValue { try JSONValue(parsing: body) }

    /// The problem in the body, if that is one by its media type and status.
    func problem() throws -> Wire.Problem? {
        guard headers["content-type"] == Wire.Problem.mediaType else { return nil }
        let problem = try JSONCoding.decode(Wire.Problem.self, from: body, unknownMembers: .refused)
        return problem.status == status && !problem.detail.isEmpty && !problem.fix.isEmpty ? problem : nil
    }

    private static func unchunked(_ bytes: ArraySlice<UInt8>) -> ([UInt8], Bool) {
        var body: [UInt8] = []
        var rest = bytes
        while let line = rest.firstRange(of: Array("\r\n".utf8)) {
            guard let size = Int(String(decoding: rest[..<line.lowerBound], as: UTF8.self), radix: 16) else {
                break
            }
            if size == 0 { return (body, true) }
            let chunk = rest[line.upperBound...].prefix(size)
            body += chunk
            guard chunk.count == size else { break }
            rest = rest[line.upperBound...].dropFirst(size + 2)
        }
        return (body, false)
    }
}

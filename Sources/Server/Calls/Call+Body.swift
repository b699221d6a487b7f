import API
import Archives
import HTTPTypes
import HummingbirdCore
import JSON
import Model
import NIOCore

extension Call {
    /// The body as JSON.
    ///
    /// - Throws: `too-large`, and `bad-request` that names the member and what was expected.
    // Not inlined: the compiler (6.3.1) crashes where it splits a route's coroutine with this in it.
    @inline(never)
    func json<Value: Decodable>(_ type: Value.Type) async throws -> Value {
        try decode(type, try await body())
    }

    /// As `json`, for a request of which all members may be left out: no body is one with none.
    func jsonIfAny<Value: Decodable>(_ type: Value.Type) async throws -> Value {
        let bytes = try await body()
        return try decode(type, bytes.isEmpty ? Array("{}".utf8) : bytes)
    }

    func decode<Value: Decodable>(_ type: Value.Type, _ bytes: [UInt8]) throws(Failure) -> Value {
        guard !bytes.isEmpty else {
            throw Failure(
                .badRequest, "the request has no body",
                fix: "send a JSON document; see docs/openapi.yaml for its members")
        }
        let document = try JSONValue(parsing: bytes, mostValues: limits.bodyValues)
        return try JSONCoding.decode(type, from: document, unknownMembers: .refused)
    }

    /// All bytes of the body.
    ///
    /// - Throws: `too-large`. What is left of the body is then read and forgotten as long as that is no great effort;
    ///   beyond that the connection is closed behind the answer.
    func body() async throws -> [UInt8] {
        let limit = limits.bodyBytes
        if let announced = announcedLength, announced > Int64(limit + Call.forgottenBytes) {
            connection.closeAfterAnswer()
            throw tooLarge(limit)
        }
        var bytes: [UInt8] = []
        var count = 0
        for try await buffer in request.body {
            count += buffer.readableBytes
            if count <= limit {
                bytes += buffer.readableBytesView
            } else if count > limit + Call.forgottenBytes {
                connection.closeAfterAnswer()
                break
            }
        }
        guard count <= limit else { throw tooLarge(limit) }
        return bytes
    }

    /// How the archive is packed that the body is by its media type; nil for one that is none.
    var archivePacking: ArchivePacking? {
        switch contentType {
        case MediaType.tar?: .plain
        case MediaType.gzippedTar?: .gzip
        case MediaType.zstandardTar?: .zstandard
        default: nil
        }
    }

    /// The media type of the body, without parameters.
    var contentType: String? {
        request.headers[.contentType]?.split(separator: ";").first.map {
            $0.filter { !$0.isWhitespace }.lowercased()
        }
    }

    /// As the client says; nil for a body of unknown length.
    var announcedLength: Int64? { request.headers[.contentLength].flatMap { Int64($0) } }

    private func tooLarge(_ limit: Int) -> Failure {
        Failure(
            .tooLarge, "the request's body has more than \(ByteSize(bytes: Int64(limit)))",
            fix: "send less, or what is large as an archive")
    }

    private static let forgottenBytes = 16 << 20
}

import API
import HTTPTypes
import HummingbirdCore
import Model
import NIOCore

/// A whole answer: a status and bytes of one media type.
struct Answer: Sendable {
    let status: HTTPResponse.Status
    let type: String
    let bytes: [UInt8]

    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws(Failure) -> Answer {
        Answer(status: status, type: MediaType.json, bytes: try JSONCoding.encode(value))
    }

    /// - Parameter status: another than the failure's own.
    static func problem(_ failure: Failure, status: HTTPResponse.Status? = nil) -> Answer {
        var problem = Wire.Problem(failure)
        if let status {
            problem.status = status.code
            problem.title = status.reasonPhrase
        }
        // A problem is a flat object of strings and a number, which can always be encoded.
        let bytes = (try? JSONCoding.encode(problem)) ?? []
        return Answer(
            status: HTTPResponse.Status(code: problem.status, reasonPhrase: problem.title),
            type: Wire.Problem.mediaType, bytes: bytes)
    }

    var fields: HTTPFields {
        [.contentType: type, .contentLength: "\(bytes.count)"]
    }

    var response: Response {
        Response(status: status, headers: fields, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}

extension Response {
    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws(Failure) -> Response {
        try Answer.json(value, status: status).response
    }

    /// Done, and there is nothing to say about it.
    static let done = Response(status: .noContent)
}

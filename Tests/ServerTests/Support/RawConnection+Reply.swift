import TestSupport

extension RawConnection {
    /// Everything up to the end of the connection.
    func reply() async throws -> HTTPReply {
        var bytes: [UInt8] = []
        while true {
            let chunk = try await receive()
            guard !chunk.isEmpty else { return try HTTPReply(bytes) }
            bytes += chunk
        }
    }
}

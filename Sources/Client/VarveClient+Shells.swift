package import API
import Model
import NIOCore
import NIOPosix

extension VarveClient {
    /// Opens a shell in what a step left behind, and works in it; it ends with `body`, if not before.
    ///
    /// - Throws: `not-found`, `conflict` for a step that has not ended, `revision-gone`, `too-many`, `shell-missing`.
    package func openShell<Result: Sendable>(
        _ request: Wire.ShellRequest, _ body: (inout ShellOutput, ShellInput) async throws -> Result
    ) async throws -> Result {
        let content = try JSONCoding.encode(request)
        let channel = try await connector.connectPlainly()
        return try await channel.executeThenClose { inbound, outbound in
            var chunks = inbound.makeAsyncIterator()
            var bytes: [UInt8] = []
            func more() async throws {
                guard let chunk = try? await chunks.next(isolation: #isolation) else {
                    throw Failure.lost(socket: socket)
                }
                bytes.append(contentsOf: chunk.readableBytesView)
            }
            let head = """
                POST \(Route.openShell.path) HTTP/1.1\r\nhost: varve\r\nuser-agent: varve\r\n\
                connection: upgrade\r\nupgrade: \(ShellFrame.protocolName)\r\naccept: \(MediaType.json)\r\n\
                content-type: \(MediaType.json)\r\ncontent-length: \(content.count)\r\n\r\n
                """
            try? await outbound.write(ByteBuffer(bytes: Array(head.utf8) + content))
            var answer = try SwitchedHead(taking: &bytes)
            while answer == nil {
                try await more()
                answer = try SwitchedHead(taking: &bytes)
            }
            guard let answer, answer.status == 101 else {
                let length = min(answer?.contentLength ?? 0, 1 << 20)
                while bytes.count < length { try await more() }
                throw VarveClient.refusal(status: answer?.status ?? 0, body: Array(bytes.prefix(length)))
            }
            var frames = ShellFrameReader()
            frames.append(bytes)
            var output = ShellOutput(chunks, frames: frames)
            return try await body(&output, ShellInput(outbound))
        }
    }
}

package import API
import Model
import NIOCore

/// The daemon's side of a shell: what it sends, frame by frame.
package struct ShellOutput {
    private var chunks: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private var frames: ShellFrameReader

    init(_ chunks: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator, frames: ShellFrameReader) {
        self.chunks = chunks
        self.frames = frames
    }

    /// Nil when the connection has ended.
    package mutating func next() async throws -> ShellFrame? {
        while true {
            if let frame = try frames.next() { return frame }
            guard let chunk = try? await chunks.next(isolation: #isolation) else { return nil }
            frames.append(chunk.readableBytesView)
        }
    }
}

/// The way to a shell.
package struct ShellInput: Sendable {
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>

    init(_ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>) { self.outbound = outbound }

    /// Waits while the daemon takes no more. Once the connection has ended it does nothing.
    package func send(_ frame: ShellFrame) async {
        try? await outbound.write(ByteBuffer(bytes: frame.bytes))
    }
}

/// The head of an answer, read by hand: behind a switch of protocols comes what is no HTTP.
struct SwitchedHead {
    let status: Int
    private let fields: [(name: String, value: String)]

    /// - Returns: nil while the head is not complete.
    /// - Throws: `internal` for what is no answer of HTTP.
    init?(taking bytes: inout [UInt8]) throws(Failure) {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else {
            guard bytes.count < 64 << 10 else { throw Self.strange }
            return nil
        }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        let words = (lines.first ?? "").split(separator: " ")
        guard words.count > 1, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else {
            throw Self.strange
        }
        self.status = status
        fields = lines.dropFirst().map { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            return (parts[0].lowercased(), parts.count > 1 ? parts[1].filter { $0 != " " } : "")
        }
        bytes.removeFirst(end.upperBound)
    }

    /// Bytes of the body; nil for all to the connection's end.
    var contentLength: Int? { fields.first { $0.name == "content-length" }.flatMap { Int($0.value) } }

    private static let strange = Failure(
        .internalError, "the daemon's answer is not understood",
        fix: "check that the socket is that of varved, in the version of this client")
}

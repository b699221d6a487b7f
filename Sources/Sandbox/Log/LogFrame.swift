package import Model

/// One chunk of a step's output as the supervisor read it: anything from a byte to 64 KiB, on no boundary.
package struct LogFrame: Hashable, Sendable {
    package var stream: Event.LogLine.Stream
    package var time: Timestamp
    package var bytes: [UInt8]

    package init(stream: Event.LogLine.Stream, time: Timestamp, bytes: [UInt8]) {
        self.stream = stream
        self.time = time
        self.bytes = bytes
    }

    /// Bytes before the content: stream, time, length. The layout is described in `supervise.h`.
    static let headerSize = 13
    static let largestContent = 65536

    /// The frame at the start of `bytes`, and its whole size; nil when not all of it is there.
    static func decode(_ bytes: ArraySlice<UInt8>) throws(Failure) -> (frame: LogFrame, size: Int)? {
        guard bytes.count >= headerSize else { return nil }
        let stream: Event.LogLine.Stream
        switch bytes[bytes.startIndex] {
        case 1: stream = .stdout
        case 2: stream = .stderr
        default: throw damaged
        }
        let time = integer(bytes.dropFirst(1).prefix(8))
        let length = Int(integer(bytes.dropFirst(9).prefix(4)))
        guard length <= largestContent else { throw damaged }
        guard bytes.count >= headerSize + length else { return nil }
        return (
            LogFrame(
                stream: stream, time: Timestamp(nanoseconds: Int64(bitPattern: time)),
                bytes: Array(bytes.dropFirst(headerSize).prefix(length))),
            headerSize + length
        )
    }

    private static func integer(_ littleEndian: ArraySlice<UInt8>) -> UInt64 {
        littleEndian.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static var damaged: Failure {
        Failure(.storageFailed, "a step's log is damaged", fix: "run the step again, and check the disk")
    }
}

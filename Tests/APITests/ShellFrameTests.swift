import API
import Model
import Testing

@Suite struct ShellFrameTests {
    private let frames: [ShellFrame] = [
        .input([]), .input([0, 255, 3]), .endOfInput, .resize(TerminalSize(rows: 300, columns: 65535)),
        .output(Array(repeating: 7, count: ShellFrame.longest)), .errors([1]), .note("wörter"), .exit(0),
        .exit(137), .failure(Failure(.shuttingDown, "the daemon is stopping", fix: "try again")),
    ]

    @Test(arguments: [1, 2, 3, 7, 4096, 1 << 20])
    func `frames are put together however the bytes come`(size: Int) throws {
        let bytes = frames.flatMap(\.bytes)
        var reader = ShellFrameReader()
        var read: [ShellFrame] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            reader.append(bytes[start..<min(bytes.count, start + size)])
            while let frame = try reader.next() { read.append(frame) }
        }
        #expect(read == frames)
    }

    @Test func `a frame of a kind that is not known is passed over`() throws {
        var reader = ShellFrameReader()
        reader.append([99, 0, 0, 0, 2, 1, 2] + ShellFrame.exit(3).bytes)
        #expect(try reader.next() == .exit(3))
    }

    @Test(arguments: [
        [1, 0, 1, 0, 1], [16, 255, 255, 255, 255], [3, 0, 0, 0, 3, 1, 2, 3], [19, 0, 0, 0, 0],
        [20, 0, 0, 0, 1, 123],
    ])
    func `a frame that is too long or malformed is refused before it is waited for`(bytes: [UInt8]) {
        var reader = ShellFrameReader()
        reader.append(bytes)
        #expect(throws: Failure.self) { try reader.next() }
    }
}

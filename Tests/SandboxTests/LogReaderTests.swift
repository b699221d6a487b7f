import Linux
import Model
import Testing

@testable import Sandbox

/// Reading a log that grows.
struct LogReaderTests {
    private func encoded(_ text: String, stream: UInt8 = 1, time: UInt8 = 7) -> [UInt8] {
        [stream, time, 0, 0, 0, 0, 0, 0, 0, UInt8(text.utf8.count), 0, 0, 0] + Array(text.utf8)
    }

    private func withLog(_ body: (borrowing Directory, borrowing Descriptor) async throws -> Void)
        async throws
    {
        let name = "varve-log-\(UInt64.random(in: 0...UInt64.max))"
        let parent = try Directory(opening: "/tmp")
        try parent.createDirectory(name)
        let directory = try parent.openDirectory(name)
        let file = try directory.openFile("log", [.writeOnly, .create, .append])
        try await body(directory, file)
        try parent.removeTree(name)
    }

    @Test func `frames come as they are written, and a half one waits for its rest`() async throws {
        try await withLog { directory, file in
            let reader = try LogReader(directory.openFile("log"))
            try file.writeAll(encoded("one") + encoded("two", stream: 2).dropLast())
            let first = try await reader.next()
            #expect(first?.map(\.bytes) == [Array("one".utf8)])
            #expect(reader.offset == 16)
            async let second = reader.next()
            try file.writeAll([0x6F])
            let frames = try await second
            #expect(frames?.map(\.stream) == [.stderr])
            #expect(frames?.map(\.time) == [Timestamp(nanoseconds: 7)])
            async let end = reader.next()
            reader.finish()
            #expect(try await end == nil)
        }
    }

    @Test func `a reader goes on where another stopped`() async throws {
        try await withLog { directory, file in
            try file.writeAll(encoded("one") + encoded("two"))
            let reader = try LogReader(directory.openFile("log"), offset: 16)
            reader.finish()
            #expect(try await reader.next()?.map(\.bytes) == [Array("two".utf8)])
            #expect(try await reader.next() == nil)
        }
    }

    @Test func `a damaged log is an error, not an endless wait`() async throws {
        try await withLog { directory, file in
            try file.writeAll(encoded("one", stream: 9))
            let reader = try LogReader(directory.openFile("log"))
            await #expect(throws: Failure.self) { _ = try await reader.next() }
        }
    }

    @Test func `a cancelled reader ends`() async throws {
        try await withLog { directory, _ in
            let reader = try LogReader(directory.openFile("log"))
            let task = Task { try await reader.next() }
            task.cancel()
            await #expect(throws: CancellationError.self) { _ = try await task.value }
        }
    }
}

import Foundation
import Linux
import Model
import Sandbox
import Synchronization
import TestSupport
import Testing

@testable import Engine

@Suite struct `A step's output as it is told` {
    @Test func `has no line cut apart because the daemon came late to its rest`() async throws {
        try await Log.with { log in
            let thread = BlockingPool("test", limit: 1)
            let narrator = Narrator(try LogReader(log.opened()), on: thread) { told in
                guard told.first?.bytes == Array("first".utf8) else { return }
                // In the log long before it is read: nobody gets to that for longer than a line waits for its end.
                thread.submit { Foundation.Thread.sleep(forTimeInterval: 0.6) }
                #expect(throws: Never.self) { try log.write("553\n", at: 1_000_000) }
            }
            try log.write("first\n17", at: 0)
            try await eventually("two lines") { narrator.told.count >= 2 }
            let lines = try await narrator.end()
            #expect(lines.map { String(decoding: $0.bytes, as: UTF8.self) } == ["first", "17553"])
            #expect(lines.allSatisfy { !$0.isPartial })
        }
    }

    @Test func `has what waits for its newline, after a while`() async throws {
        try await Log.with { log in
            let narrator = Narrator(try LogReader(log.opened()))
            try log.write("Password: ", at: 0)
            try await eventually("a part of a line") { !narrator.told.isEmpty }
            #expect(try await narrator.end().map(\.isPartial) == [true])
        }
    }
}

/// Tells of a log until it has ended.
private final class Narrator: Sendable {
    let reader: LogReader
    private let lines: LineList
    private let narration: Task<Void, any Error>

    private final class LineList: Sendable {
        let value = Mutex<[Event.LogLine]>([])
    }

    init(
        _ reader: LogReader, on thread: BlockingPool = .background,
        whenTold: @escaping @Sendable ([Event.LogLine]) -> Void = { _ in }
    ) {
        let lines = LineList()
        self.reader = reader
        self.lines = lines
        narration = Task(executorPreference: thread) {
            try await LogNarration(reader: reader, mask: SecretMask(hiding: []), told: LogPosition()) {
                told in
                lines.value.withLock { $0 += told.map(\.line) }
                whenTold(told.map(\.line))
            }.run()
        }
    }

    var told: [Event.LogLine] { lines.value.withLock { $0 } }

    /// All lines, once nothing more is written.
    func end() async throws -> [Event.LogLine] {
        reader.finish()
        try await narration.value
        return told
    }
}

/// A log as a supervisor writes it.
private struct Log: Sendable {
    private let path: String

    static func with(_ body: (Log) async throws -> Void) async throws {
        let path = "/tmp/varve-narration-\(UInt64.random(in: 0...UInt64.max))"
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await body(Log(path: path))
    }

    func opened() throws -> Descriptor { try Descriptor.openFile(path) }

    /// One frame of standard output: its stream, its time and length, lowest bytes first, and its bytes.
    func write(_ text: String, at nanoseconds: UInt64) throws {
        // SAFETY: both are read by the call only.
        let time = unsafe withUnsafeBytes(of: nanoseconds.littleEndian) { unsafe Array($0) }
        let length = unsafe withUnsafeBytes(of: UInt32(text.utf8.count).littleEndian) { unsafe Array($0) }
        try Descriptor.openFile(path, [.writeOnly, .append]).writeAll([1] + time + length + Array(text.utf8))
    }
}

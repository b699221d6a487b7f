import Foundation
import Linux
import Model
import Subprocess
import Testing

@testable import Engine

@Suite struct `A run's journal` {
    /// On a file system of 256 KiB of its own.
    private func onSmallDisk(_ body: (borrowing Directory) throws -> Void) async throws {
        let path = "/tmp/varve-journal-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        func shell(_ command: String) async throws {
            let result = try await run(
                .name("sh"), arguments: ["-c", command], output: .discarded, error: .string(limit: 4096))
            try #require(result.terminationStatus.isSuccess, "\(result.standardError)")
        }
        try await shell("mount -t tmpfs -o size=256k none \(path)")
        do {
            try body(try Directory(opening: path))
        } catch {
            try await shell("umount -l \(path) && rmdir \(path)")
            throw error
        }
        try await shell("umount -l \(path) && rmdir \(path)")
    }

    private let time = Timestamp(seconds: 1)

    private func log(_ size: Int) throws -> Event.Kind {
        .stepLog(
            step: try #require(StepKey("s")),
            line: Event.LogLine(stream: .stdout, bytes: Array(repeating: 0x61, count: size)))
    }

    @Test(arguments: [1, 40])
    func `has room for the ends of its steps and its own when a log has filled the disk`(steps: Int)
        async throws
    {
        try await onSmallDisk { directory in
            let journal = try RunJournal(creatingIn: directory, stepCount: steps)
            try directory.createFile("other").writeAll([UInt8](repeating: 1, count: 100 << 10))
            var written = 0
            let full = #expect(throws: Failure.self) {
                while written < 1000 {
                    try journal.append([try log(1000)], at: time)
                    written += 1
                }
            }
            #expect(full?.code == .storageFull && written > 10)
            let failure = Failure(.storageFull, String(repeating: "d", count: 300), fix: "make room")
            for number in 1...steps {
                try journal.append(
                    [
                        .stepEnd(
                            Event.StepEnd(
                                step: try #require(StepKey("s\(number)")), status: .error, error: failure))
                    ],
                    at: time)
            }
            try journal.append(
                [.buildEnd(status: .error, exitCode: 5, milliseconds: 1, executed: 1, cacheHits: 0)], at: time
            )
            journal.close()
            let text = String(
                decoding: try directory.openFile(RunJournal.fileName).readAll(limit: 1 << 20), as: UTF8.self)
            let lines = text.split(separator: "\n")
            #expect(lines.count == written + steps + 1 && lines.last?.contains("build_end") == true)
        }
    }

    @Test func `keeps no room once it is closed`() async throws {
        try await onSmallDisk { directory in
            let journal = try RunJournal(creatingIn: directory, stepCount: 100)
            try journal.append([try log(10)], at: time)
            #expect(try directory.status(RunJournal.fileName).blocks > 200)
            journal.close()
            #expect(try directory.status(RunJournal.fileName).blocks <= 8)
        }
    }

    @Test func `has nothing behind the run's end, also when it is opened again`() async throws {
        try await onSmallDisk { directory in
            let end = Event.Kind.buildEnd(
                status: .passed, exitCode: 0, milliseconds: 1, executed: 1, cacheHits: 0)
            let warning = Event.Kind.warning(code: "disk-space", detail: "the disk is 90 % full")
            do {
                let journal = try RunJournal(creatingIn: directory, stepCount: 1)
                try journal.append([try log(3000)], at: time)
                try journal.append([end], at: time)
                try journal.append([warning], at: time)
            }
            // As after a kill: it was not closed.
            let again = try RunJournal(resuming: directory)
            #expect(again.toldEnd == .passed)
            try again.append([warning], at: time)
            try again.append([end], at: time)
            again.close()
            let text = String(
                decoding: try directory.openFile(RunJournal.fileName).readAll(limit: 1 << 20), as: UTF8.self)
            #expect(text.split(separator: "\n").count == 2)
        }
    }

    @Test func `misses a reader only from when somebody asks for the first time`() async throws {
        try await onSmallDisk { directory in
            let journal = try RunJournal(resuming: directory)
            Foundation.Thread.sleep(forTimeInterval: 0.02)
            #expect(journal.unattended == Duration.zero)
            Foundation.Thread.sleep(forTimeInterval: 0.02)
            let absent = try #require(journal.unattended)
            #expect(absent >= .milliseconds(20))
            let reader = journal.reader(after: 0)
            withExtendedLifetime(reader) { #expect(journal.unattended == nil) }
        }
    }

    @Test func `ends a reader who is told to stop, and fails one whose task is cancelled`() async throws {
        var made: RunJournal?
        try await onSmallDisk { directory in
            let journal = try RunJournal(creatingIn: directory, stepCount: 1)
            try journal.append([try log(10)], at: time)
            made = journal
        }
        // Its file is open, and goes with it.
        let journal = try #require(made)
        let stopped = journal.reader(after: 0)
        stopped.stop()
        #expect(try await stopped.next() == nil)
        let reader = journal.reader(after: 0, following: false)
        let reading = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await reader.next()
        }
        reading.cancel()
        await #expect(throws: CancellationError.self) { _ = try await reading.value }
    }
}

import Glibc
import Linux
import SystemPackage
import TestSupport
import Testing

@Suite struct DescriptorTests {
    @Test func `a descriptor closes itself and does not survive exec`() throws {
        let scratch = try Scratch()
        try scratch.write("f", "x")
        var raw: CInt = -1
        do {
            let file = try scratch.directory.openFile("f")
            raw = file.raw
            #expect(fcntl(raw, F_GETFD) & FD_CLOEXEC != 0)
            let twin = try file.duplicate()
            #expect(fcntl(twin.raw, F_GETFD) & FD_CLOEXEC != 0)
        }
        // The number may be another test's by now, but not with this file behind it.
        let link = try? Directory(opening: "/proc/self/fd").readLink("\(raw)")
        #expect(link != Array(scratch.path("f").utf8))
    }

    @Test func `reading stops at the limit with an error`() throws {
        let scratch = try Scratch()
        try scratch.write("f", String(repeating: "x", count: 100_000))
        #expect(try scratch.directory.openFile("f").readAll(limit: 100_000).count == 100_000)
        #expect(errno { _ = try scratch.directory.openFile("f").readAll(limit: 99_999) } == .fileTooLarge)
    }

    @Test func `a copy has the same bytes and the same holes`() throws {
        let scratch = try Scratch()
        let source = try scratch.directory.createFile("source")
        let block = [UInt8]((0..<8192).map { UInt8(truncatingIfNeeded: $0) })
        try source.writeAll(block)
        try source.seek(to: 64 << 20)
        try source.writeAll(block)
        try source.truncate(to: 128 << 20)
        let copy = try scratch.directory.createFile("copy")
        try copy.copyContents(of: source, size: 128 << 20)
        let status = try copy.status()
        #expect(status.size == 128 << 20)
        #expect(status.blocks * 512 < 1 << 20)
        #expect(try copy.read(upTo: 8192, at: 0) == block)
        #expect(try copy.read(upTo: 8192, at: 64 << 20) == block)
        #expect(try copy.read(upTo: 16, at: 32 << 20) == [UInt8](repeating: 0, count: 16))
    }

    @Test func `files the kernel can't copy by itself are copied by reading`() throws {
        let scratch = try Scratch()
        let source = try Descriptor.openFile("/proc/cpuinfo")
        let copy = try scratch.directory.createFile("copy")
        let count = try copy.copyRange(from: source, at: 0, count: 1 << 20)
        #expect(count > 0)
        #expect(try copy.status().size == count)
    }

    @Test func `modification times come back to the nanosecond, before 1970 too`() throws {
        let scratch = try Scratch()
        let file = try scratch.directory.createFile("f")
        for time: Int64 in [0, 1_700_000_000_123_456_789, -1, -1_500_000_001] {
            try file.setModified(time)
            #expect(try file.status().modified == time)
        }
    }

    @Test func `one lock holder at a time`() async throws {
        let scratch = try Scratch()
        try scratch.write("lock", "")
        do {
            let lock = try FileLock(scratch.directory.openFile("lock"))
            #expect(lock.descriptor >= 0)
            #expect(errno { _ = try FileLock(scratch.directory.openFile("lock")) } == .wouldBlock)
        }
        // A child that another test has forked holds it a moment longer.
        let path = scratch.path("lock")
        try await eventually("the lock is free") {
            errno { _ = try FileLock(Descriptor.openFile(path)) } == nil
        }
    }

    @Test func `the coarse clock is at most one tick behind`() throws {
        let coarse = SystemClock.coarseRealtime
        let fine = SystemClock.realtime
        #expect(coarse <= fine)
        #expect(SystemClock.coarseTick > 0 && SystemClock.coarseTick <= 20_000_000)
        #expect(try SystemClock.bootID().utf8.count == 36)
    }
}

import Model
import Testing

@Suite struct `The state of a disk` {
    private let marks = DiskMarks(reserve: ByteSize(bytes: 20))

    private func reading(
        free: Int64, of total: Int64 = 1000, freeInodes: Int64 = 1000, store: Int64 = 0
    ) -> DiskReading {
        DiskReading(
            totalBytes: total, freeBytes: free, totalInodes: 1000, freeInodes: freeInodes, storeBytes: store)
    }

    private static let levels: [(Int64, DiskState.Level)] = [
        (1000, .normal), (201, .normal), (200, .warning), (100, .warning), (99, .high), (20, .high),
        (19, .reserve), (5, .reserve), (4, .exhausted), (0, .exhausted),
    ]

    @Test(arguments: levels) func `goes through its marks one by one`(_ free: Int64, _ level: DiskState.Level)
    {
        #expect(DiskState(reading(free: free), by: marks).level == level)
    }

    @Test func `says what has to go for the low mark, and no more`() {
        #expect(DiskState(reading(free: 50), by: marks).excess == DiskAmount(bytes: 200))
        #expect(DiskState(reading(free: 250), by: marks).excess == DiskAmount())
        #expect(
            DiskState(reading(free: 300, freeInodes: 50), by: marks).excess == DiskAmount(entries: 200))
    }

    @Test func `is that of inodes when those run out first, and says so`() {
        let state = DiskState(reading(free: 900, freeInodes: 10), by: marks)
        #expect(state.level == .reserve && state.tightest.resource == .inodes)
        #expect(state.words.contains("10 of 1000 inodes"))
        let without = DiskReading(totalBytes: 1000, freeBytes: 900, totalInodes: 0, freeInodes: 0)
        #expect(DiskState(without, by: marks).level == .normal)
    }

    @Test func `is that of the budget when that is nearer than the disk's end, also beyond it`() {
        var marks = marks
        marks.budget = ByteSize(bytes: 400)
        #expect(DiskState(reading(free: 900, store: 319), by: marks).level == .normal)
        #expect(DiskState(reading(free: 900, store: 320), by: marks).level == .warning)
        #expect(DiskState(reading(free: 900, store: 381), by: marks).level == .reserve)
        let beyond = DiskState(reading(free: 900, store: 1400), by: marks)
        #expect(beyond.level == .exhausted && beyond.excess == DiskAmount(bytes: 1100))
        #expect(beyond.words.contains("budget") && beyond.overrun == 1000 + 400 / 64)
    }

    @Test func `leaves what comes from outside less than what costs a step its room`() {
        var marks = marks
        #expect(DiskState(reading(free: 900), by: marks).roomForIncoming == nil)
        marks.budget = ByteSize(bytes: 400)
        let state = DiskState(reading(free: 900, store: 319), by: marks)
        #expect(state.roomForIncoming == 81 - 10 && state.bytesToLeave == 10)
        #expect(state.overrun(adding: 75) == 0 && state.overrun(adding: 76) == 1)
        let beyond = DiskState(reading(free: 900, store: 1400), by: marks)
        #expect(beyond.roomForIncoming == -10)
        #expect(beyond.tightestOfFileSystem.level == .normal)
        #expect(DiskMarks.inodesToLeave(of: 1000) == 10)
        #expect(DiskMarks.inodesToLeave(of: 10_000_000) == 5000)
    }

    @Test func `keeps back no more than a twentieth of a small disk`() {
        let usual = DiskMarks()
        let small = reading(free: 51, of: 1000)
        #expect(DiskState(small, by: usual).level == .high)
        #expect(DiskState(reading(free: 49, of: 1000), by: usual).level == .reserve)
    }

    @Test func `of a disk near 8 EiB overflows nowhere`() {
        let huge = DiskReading(
            totalBytes: .max, freeBytes: .max / 2, totalInodes: .max, freeInodes: .max)
        let state = DiskState(huge, by: DiskMarks())
        #expect(state.level == .normal && state.excess == DiskAmount())
        #expect(
            DiskState(DiskReading(totalBytes: 0, freeBytes: 0, totalInodes: 0, freeInodes: 0), by: marks)
                .level == .exhausted)
    }
}

import Logging
import Model
import Testing

@testable import Engine

@Suite struct `A look at the disk while steps run` {
    private static let gibibyte: Int64 = 1 << 30

    @Test func `adds up what the store takes only now and then where that takes long`() async throws {
        let (reads, read) = AsyncStream.makeStream(of: Bool.self)
        let reading = DiskReading(
            totalBytes: 100 * Self.gibibyte, freeBytes: 50 * Self.gibibyte, totalInodes: 0, freeInodes: 0,
            storeBytes: Self.gibibyte)
        let monitor = DiskMonitor(
            marks: DiskMarks(budget: ByteSize(bytes: 2 * Self.gibibyte)), logger: Logger(label: "test"),
            read: { countingStore async throws(Failure) in
                // As long as a walk through a large store.
                if countingStore { try? await Task.sleep(for: .milliseconds(300)) }
                read.yield(countingStore)
                var reading = reading
                if !countingStore { reading.storeBytes = 0 }
                return reading
            },
            measure: { (_, _) async throws(Failure) in DiskAmount() })
        monitor.add(StepDiskWatch(LayerID(1), of: "step a", limit: nil))
        var counting: [Bool] = []
        for await read in reads.prefix(4) { counting.append(read) }
        await monitor.close()
        #expect(counting == [true, false, false, false])
        #expect(monitor.last?.reading.storeBytes == Self.gibibyte, "what was added up before still counts")
    }
}

@Suite struct `A pace of measuring` {
    @Test func `takes at most a tenth of one processor`() {
        var pace = MeasuringPace()
        let end = ContinuousClock.now
        #expect(pace.isDue(at: end))
        pace.measured(taking: .seconds(2), until: end)
        #expect(!pace.isDue(at: end + .milliseconds(17_999)))
        #expect(pace.isDue(at: end + .seconds(18)))
    }
}

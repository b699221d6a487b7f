import Logging
import Model
import Testing

@testable import Engine

@Suite struct `A look at the disk while steps run` {
    private static let gibibyte: Int64 = 1 << 30

    @Test(arguments: [DiskState.Resource.bytes, .inodes])
    func `ends the step that took most of what has run out`(_ resource: DiskState.Resource) async throws {
        let reading = DiskReading(
            totalBytes: 100 * Self.gibibyte, freeBytes: resource == .bytes ? 0 : 50 * Self.gibibyte,
            totalInodes: 1_000_000, freeInodes: resource == .inodes ? 0 : 500_000)
        let monitor = DiskMonitor(
            marks: DiskMarks(), logger: Logger(label: "test"),
            read: { _ async throws(Failure) in reading },
            measure: { (number, _) async throws(Failure) in
                number == LayerID(1)
                    ? DiskAmount(bytes: Self.gibibyte, entries: 10)
                    : DiskAmount(bytes: 1 << 20, entries: 3_000_000)
            })
        let compiler = StepDiskWatch(LayerID(1), of: "step compiler", limit: nil)
        let touch = StepDiskWatch(LayerID(2), of: "step touch", limit: nil)
        let (ended, end) = AsyncStream.makeStream(of: String.self)
        for watch in [compiler, touch] {
            watch.began { end.yield(watch.name) }
            monitor.add(watch)
        }
        var names = ended.makeAsyncIterator()
        let first = await names.next()
        await monitor.close()
        let (guilty, other) = resource == .bytes ? (compiler, touch) : (touch, compiler)
        #expect(first == guilty.name)
        #expect(guilty.verdict?.code == .storageFull && other.verdict == nil)
        if resource == .inodes {
            #expect(guilty.verdict?.detail.contains("3000000 files and directories") == true)
        }
    }

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
        for await read in reads.prefix(2) { counting.append(read) }
        await monitor.close()
        #expect(counting == [true, false])
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

import API
import Model

/// Where a followed run is written to.
protocol RunOutput {
    /// Takes the next events, in order.
    mutating func receive(_ batch: [EventLine]) throws

    /// Time has passed.
    mutating func tick() throws

    /// Something to tell the user that is no event.
    mutating func tell(_ text: String) throws

    /// The exit status of the run, once its last event has come.
    var exitStatus: Int32? { get }
}

/// Every event as it came, one per line on standard output.
struct JSONRunOutput: RunOutput {
    private(set) var exitStatus: Int32?

    mutating func receive(_ batch: [EventLine]) throws {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(batch.reduce(0) { $0 + $1.bytes.count + 1 })
        for line in batch {
            bytes += line.bytes
            bytes.append(UInt8(ascii: "\n"))
            if line.isLast, case .buildEnd(_, let exitCode, _, _, _)? = line.event?.kind {
                exitStatus = Int32(truncatingIfNeeded: exitCode)
            }
        }
        try StandardStream.output.write(bytes)
    }

    mutating func tick() {}

    mutating func tell(_ text: String) throws {}
}

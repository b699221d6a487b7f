import JSON
import Linux
import Model
import SystemPackage

/// What a run has told already, read from its journal by a later life of the daemon.
struct RunHistory: Sendable {
    var isEmpty = true
    var queued: Set<StepKey> = []
    var steps: [StepKey: StepHistory] = [:]
    /// In the order in which they ended.
    var ended: [StepKey] = []

    /// One step, as far as it was told of.
    struct StepHistory: Sendable {
        /// When it was said to have started; nil if it was not.
        var started: Timestamp?
        var reason: MissReason?
        /// The snapshot that it was said to be a hit of; nil if it was not.
        var hit: String?
        var told = LogPosition()
        var status: StepStatus?
    }

    /// Whether the step was said to have started, and not to have ended.
    func isUnderWay(_ key: StepKey) -> Bool {
        steps[key].map { $0.started != nil && $0.status == nil } ?? false
    }

    /// Steps that were said to have started, and not to have ended.
    var underWay: Set<StepKey> { Set(steps.keys.filter(isUnderWay)) }

    init() {}

    /// Reads all lines of a journal. Blocks.
    init(reading lines: (_ body: ([UInt8]) throws -> Void) throws -> Void) throws {
        var history = RunHistory()
        try lines { bytes in
            for line in bytes.split(separator: UInt8(ascii: "\n")) {
                history.isEmpty = false
                // One that this build does not know is of a newer one's.
                let json = try JSONValue(parsing: Array(line), mostLevels: EventLine.mostLevels)
                if let event = Event(json: json) { history.add(event) }
            }
        }
        self = history
    }

    private mutating func add(_ event: Event) {
        switch event.kind {
        case .stepQueued(let step, _): queued.insert(step)
        case .stepStart(let step, _, let reason):
            steps[step, default: StepHistory()].started = event.time
            steps[step]?.reason = reason
        case .stepLog(let step, let line): steps[step, default: StepHistory()].told.add(line)
        case .stepEnd(let end):
            steps[end.step, default: StepHistory()].status = end.status
            ended.append(end.step)
        case .stepCacheHit(let step, let snapshot, _): steps[step, default: StepHistory()].hit = snapshot
        case .buildStart, .buildEnd, .imagePull, .stepVolume, .warning: break
        }
    }
}

/// How far a step's output has been told, in bytes of each of its streams.
///
/// Lines can't be counted instead: where output without a newline was cut depends on when it was read.
struct LogPosition: Sendable, Hashable {
    private var standardOutput: Int64 = 0
    private var standardError: Int64 = 0

    fileprivate mutating func add(_ line: Event.LogLine) {
        // With the newline.
        add(Int64(line.bytes.count) + (line.isPartial ? 0 : 1), to: line.stream)
    }

    mutating func add(_ bytes: Int64, to stream: Event.LogLine.Stream) {
        switch stream {
        case .stdout: standardOutput += bytes
        case .stderr: standardError += bytes
        }
    }

    /// Takes so much of `bytes`, the next of the stream, as was told; answers what was not.
    mutating func rest(of bytes: [UInt8], on stream: Event.LogLine.Stream) -> [UInt8] {
        let told = min(Int64(bytes.count), stream == .stdout ? standardOutput : standardError)
        add(-told, to: stream)
        return told == 0 ? bytes : Array(bytes.dropFirst(Int(told)))
    }
}

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
    /// Nil for a run that was not said to have ended.
    var end: RunStatus?

    /// One step, as far as it was told of.
    struct StepHistory: Sendable {
        /// When it was said to have started; nil if it was not.
        var started: Timestamp?
        var reason: MissReason?
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
                history.add(try JSONValue(parsing: Array(line), mostLevels: 16))
            }
        }
        self = history
    }

    private mutating func add(_ event: JSONValue) {
        isEmpty = false
        guard let kind = event["kind"]?.string else { return }
        if kind == "build_end" { end = event["status"]?.string.flatMap { RunStatus(rawValue: $0) } ?? .error }
        guard let key = event["step"]?.string.flatMap({ StepKey($0) }) else { return }
        switch kind {
        case "step_queued": queued.insert(key)
        case "step_start":
            steps[key, default: StepHistory()].started =
                event["ts"]?.string.flatMap { Timestamp(rfc3339: $0) }
                ?? Timestamp(nanoseconds: SystemClock.realtime)
            if let code = event["reason"]?["code"]?.string.flatMap({ MissReason.Code(rawValue: $0) }) {
                steps[key]?.reason = MissReason(code, event["reason"]?["detail"]?.string ?? "")
            }
        case "step_log": steps[key, default: StepHistory()].told.add(event)
        case "step_end":
            steps[key, default: StepHistory()].status =
                event["status"]?.string.flatMap { StepStatus(rawValue: $0) } ?? .error
            ended.append(key)
        default: break
        }
    }
}

/// How far a step's output has been told, in bytes of each of its streams.
///
/// Lines can't be counted instead: where output without a newline was cut depends on when it was read.
struct LogPosition: Sendable, Hashable {
    private var standardOutput: Int64 = 0
    private var standardError: Int64 = 0

    fileprivate mutating func add(_ event: JSONValue) {
        var bytes = Int64(event["line"]?.string?.utf8.count ?? 0)
        if let text = event["line_base64"]?.string {
            bytes = Int64(text.utf8.count / 4 * 3 - text.utf8.suffix(2).count { $0 == UInt8(ascii: "=") })
        }
        // The newline.
        if event["partial"]?.bool != true { bytes += 1 }
        add(bytes, to: event["stream"]?.string == Event.LogLine.Stream.stderr.rawValue ? .stderr : .stdout)
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

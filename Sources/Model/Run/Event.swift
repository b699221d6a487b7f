/// Something that happened in a run. Numbered 1, 2, 3 … within the run; none is ever dropped.
package struct Event: Sendable, Hashable {
    package var sequence: Int64
    package var time: Timestamp
    package var kind: Kind

    package init(sequence: Int64, time: Timestamp, kind: Kind) {
        self.sequence = sequence
        self.time = time
        self.kind = kind
    }

    package enum Kind: Sendable, Hashable {
        case buildStart(run: String, revision: String?, stepCount: Int)
        case stepQueued(step: StepKey, parent: StepKey?)
        case stepCacheHit(step: StepKey, snapshot: String, identity: Digest)
        /// `total` is nil while it is not known.
        case imagePull(image: String, bytes: Int64, total: Int64?)
        case stepStart(step: StepKey, image: String?, reason: MissReason)
        case stepLog(step: StepKey, line: LogLine)
        case stepVolume(StepVolume)
        case stepEnd(StepEnd)
        case warning(code: String, detail: String)
        case buildEnd(status: RunStatus, exitCode: Int, milliseconds: Int64, executed: Int, cacheHits: Int)

        /// What an event of the kind is called wherever one is written down.
        package enum Name: String, Sendable, Hashable, CaseIterable {
            case buildStart = "build_start"
            case stepQueued = "step_queued"
            case stepCacheHit = "step_cache_hit"
            case imagePull = "image_pull"
            case stepStart = "step_start"
            case stepLog = "step_log"
            case stepVolume = "step_volume"
            case stepEnd = "step_end"
            case warning
            case buildEnd = "build_end"
        }

        package var name: Name {
            switch self {
            case .buildStart: .buildStart
            case .stepQueued: .stepQueued
            case .stepCacheHit: .stepCacheHit
            case .imagePull: .imagePull
            case .stepStart: .stepStart
            case .stepLog: .stepLog
            case .stepVolume: .stepVolume
            case .stepEnd: .stepEnd
            case .warning: .warning
            case .buildEnd: .buildEnd
            }
        }
    }

    /// One line of a step's output.
    package struct LogLine: Sendable, Hashable {
        package enum Stream: String, Sendable, Hashable, Codable { case stdout, stderr }

        package var stream: Stream
        /// Without its newline; may be no UTF-8.
        package var bytes: [UInt8]
        /// Whether the line goes on in the next event of this stream.
        package var isPartial: Bool

        package init(stream: Stream, bytes: [UInt8], isPartial: Bool = false) {
            self.stream = stream
            self.bytes = bytes
            self.isPartial = isPartial
        }
    }

    /// What a step began with in a volume, or left in it.
    package struct StepVolume: Sendable, Hashable, Codable {
        package enum Action: String, Sendable, Hashable, Codable, CaseIterable {
            /// At the step's beginning: with a version, or without.
            case attached, empty
            /// At its end: a new version, none, or none because somebody else was first.
            case saved, unchanged, dropped
        }

        package var step: StepKey
        package var volume: String
        package var action: Action
        package var version: String?
        package var key: String?
        /// For people.
        package var detail: String

        package init(
            step: StepKey, volume: String, action: Action, version: String?, key: String?, detail: String
        ) {
            self.step = step
            self.volume = volume
            self.action = action
            self.version = version
            self.key = key
            self.detail = detail
        }
    }

    package struct StepEnd: Sendable, Hashable {
        package var step: StepKey
        package var status: StepStatus
        /// Nil unless the command ran to an exit.
        package var exitCode: Int?
        package var milliseconds: Int64
        package var snapshot: String?
        package var error: Failure?

        package init(
            step: StepKey, status: StepStatus, exitCode: Int? = nil, milliseconds: Int64 = 0,
            snapshot: String? = nil, error: Failure? = nil
        ) {
            self.step = step
            self.status = status
            self.exitCode = exitCode
            self.milliseconds = milliseconds
            self.snapshot = snapshot
            self.error = error
        }
    }
}

/// How a step ended.
package enum StepStatus: String, Sendable, Hashable, Codable, CaseIterable {
    case passed, failed
    case cacheHit = "cache_hit"
    case skipped, cancelled
    case timedOut = "timed_out"
    /// Varve ended it or could not run it; the event carries the failure.
    case error
}

/// Where a run is, or how it ended.
package enum RunStatus: String, Sendable, Hashable, Codable, CaseIterable {
    case queued, running, passed, failed, cancelled
    case timedOut = "timed_out"
    case error

    package var isFinal: Bool { self != .queued && self != .running }

    /// The exit status of `varve run`.
    package var exitCode: Int {
        switch self {
        case .queued, .running, .passed: 0
        case .failed: 1
        case .error: 5
        case .timedOut: 124
        case .cancelled: 130
        }
    }

    /// The run's status from its steps': the first that applies of error, timed out, failed, passed.
    ///
    /// - Parameter ending: how steps end that were under way when the run was ended before its steps were done; nil
    ///   where it was not. An error or a cancellation is the run's, whatever became of its steps.
    package static func ofRun(steps: some Sequence<StepStatus>, ending: StepStatus?) -> RunStatus {
        let seen = Set(steps)
        if ending == .error { return .error }
        if ending == .cancelled { return .cancelled }
        if seen.contains(.error) { return .error }
        if ending == .timedOut || seen.contains(.timedOut) { return .timedOut }
        if seen.contains(.failed) { return .failed }
        return .passed
    }
}

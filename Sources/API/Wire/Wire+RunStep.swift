package import Model

extension Wire {
    /// What became of one step of a run.
    package struct RunStep: Codable, Hashable, Sendable {
        package var step: StepKey
        /// Nil while it has not ended.
        package var status: StepStatus?
        package var exitCode: Int?
        package var durationMs: Int64
        /// Its result; also of a failed step, while it is kept.
        package var snapshot: String?
        /// Why it was no hit.
        package var reason: MissReason?
        /// Why Varve ended it or could not run it.
        package var errorCode: String?

        package init(
            step: StepKey, status: StepStatus? = nil, exitCode: Int? = nil, durationMs: Int64,
            snapshot: String? = nil, reason: MissReason? = nil, errorCode: String? = nil
        ) {
            self.step = step
            self.status = status
            self.exitCode = exitCode
            self.durationMs = durationMs
            self.snapshot = snapshot
            self.reason = reason
            self.errorCode = errorCode
        }

        private enum CodingKeys: String, CodingKey {
            case step, status
            case exitCode = "exit_code"
            case durationMs = "duration_ms"
            case snapshot, reason
            case errorCode = "error_code"
        }

        package func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(step, forKey: .step)
            try container.encode(status, forKey: .status)
            try container.encodeIfPresent(exitCode, forKey: .exitCode)
            try container.encode(durationMs, forKey: .durationMs)
            try container.encode(snapshot, forKey: .snapshot)
            try container.encodeIfPresent(reason, forKey: .reason)
            try container.encodeIfPresent(errorCode, forKey: .errorCode)
        }
    }
}

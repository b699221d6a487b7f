import Layers
import Model
import Sandbox
import SystemPackage

/// What the way a command ended means for its step.
struct StepConclusion: Sendable {
    let status: StepStatus
    let exitCode: Int?
    let failure: Failure?

    /// Of a step that Varve ended.
    init(endedFor failure: Failure) {
        status = .error
        exitCode = nil
        self.failure = failure
    }

    /// - Parameter limits: those that were in force.
    init(_ report: StepReport, of step: StepSpecification, within limits: StepSpecification.Limits) {
        exitCode = report.exit.code.map(Int.init)
        switch report.exit {
        case .exited(0):
            (status, failure) = (.passed, nil)
        case .exited, .signalled:
            (status, failure) = (.failed, nil)
        case .outOfMemory:
            let limit = limits.memory.map { "\($0)" } ?? "the machine's"
            status = .failed
            failure = Failure(
                .outOfMemory, "step \(step.key) was killed for want of memory (limit: \(limit))",
                fix: limits.memory == nil
                    ? "make the command use less, or have fewer steps run at once (-j, jobs)"
                    : "raise limits.memory, or make the command use less")
        case .logLimit:
            status = .error
            failure = Failure(
                .logLimit,
                "step \(step.key) wrote more than \(limits.log.map { "\($0)" } ?? "it may") to its output",
                fix: "make it write less, or raise the step's limits.log, or log_limit of the daemon")
        case .logFailed(let code):
            status = .error
            failure = Failure.storage(Errno(rawValue: code), "write the log of step \(step.key)")
        case .runtimeFailed(let words):
            status = .error
            failure = Failure(
                .runtimeFailed, "the runtime could not start step \(step.key): \(words)",
                fix: "check the runtime and the image with: varve doctor")
        }
    }
}

package import Model

/// How a step's command ended, or what kept it from ending by itself.
package enum StepExit: Hashable, Sendable {
    case exited(Int32)
    /// Ended by a signal. A shell passes its command's signal on as 128 + n, and so this is also a command
    /// that exits with such a code itself.
    case signalled(Int32)
    /// Failed, and the kernel killed something of it for want of memory within its limit.
    case outOfMemory(Int32)
    /// Ended because it wrote more than its log may hold.
    case logLimit
    /// Ended because its log could not be written any more; the `errno`.
    case logFailed(Int32)
    /// The runtime could not start it, in the runtime's own words. The command has not run.
    case runtimeFailed(String)

    /// The command's exit status; nil where Varve ended it or could not run it.
    package var code: Int32? {
        switch self {
        case .exited(let code), .outOfMemory(let code): code
        case .signalled(let signal): 128 + signal
        case .logLimit, .logFailed, .runtimeFailed: nil
        }
    }
}

/// What is known of a step that has ended.
package struct StepReport: Hashable, Sendable {
    package var exit: StepExit
    /// Somebody asked for the end (`RunningStep.stop`), or a limit did.
    package var wasStopped: Bool
    package var started: Timestamp
    package var ended: Timestamp
}

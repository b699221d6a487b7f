import Glibc
package import Linux
package import Model
package import SystemPackage

/// A step whose supervisor runs, or has run.
package final class RunningStep: Sendable {
    package let id: String
    /// Nil for one whose supervisor had ended before it was looked for.
    private let supervisor: SupervisorProcess?
    private let bundle: OCIBundle
    private let results: Directory
    private let filters: SeccompFilters
    private let sweep: StepSweep
    private let standardGrace: TimeSpan

    init(
        id: String, handle: SupervisorProcess?, bundle: consuming OCIBundle,
        results: consuming Directory,
        filters: SeccompFilters, configuration: SandboxConfiguration
    ) {
        self.id = id
        supervisor = handle
        self.bundle = bundle
        self.results = results
        self.filters = filters
        sweep = StepSweep(configuration)
        standardGrace = configuration.grace
    }

    /// The supervisor's process; nil if it had ended before it was looked for.
    package var pid: Int32? { supervisor?.handle.pid }

    /// Waits for the end of the supervisor, and with it of everything of the step, and says how it came.
    ///
    /// Cancelling the task does not end the wait: stop the step. A supervisor that ended without a word was
    /// killed; what it left is then killed too, before `supervisor-lost` is thrown.
    package func wait() async throws(Failure) -> StepReport {
        if let supervisor {
            await supervisor.handle.ended()
            supervisor.handle.reap()
        }
        do {
            return try await onBlockingThread { try self.readReport() }
        } catch let failure as Failure {
            throw failure
        } catch {
            throw lost("\(error)")
        }
    }

    /// The terminal that the runtime has made for the command and sends over `listener`; nil if the step ends without
    /// one. Blocks until then.
    package func terminal(over listener: borrowing Descriptor) throws(Errno) -> Descriptor? {
        guard let supervisor = supervisor?.handle.descriptor.raw else { return nil }
        let ready = try Descriptor.waitUntilReadable([listener.raw, supervisor])
        guard ready[0] else { return nil }
        return try listener.accept().receiveDescriptor()
    }

    /// Asks the step to end: TERM to all its processes, KILL to those left after `grace` (by default the
    /// configuration's). May be repeated, with another grace. Returns at once; does nothing after the end.
    package func stop(grace: TimeSpan? = nil) {
        let milliseconds = Int32(clamping: max(0, (grace ?? standardGrace).milliseconds))
        do throws(Errno) {
            // A real-time signal, of which none is lost to one before.
            try supervisor?.handle.signal(__libc_current_sigrtmin(), value: milliseconds)
        } catch {
            // It has ended; or the step, whose user may be the supervisor's, has taken up all there may be of those. A
            // standard signal is always taken.
            try? supervisor?.handle.signal(milliseconds == 0 ? SIGQUIT : SIGTERM)
        }
    }

    /// A reader of the step's log from `offset` on.
    package func log(from offset: Int64 = 0) throws(Failure) -> LogReader {
        try LogReader(openLog(), offset: offset)
    }

    /// The file of the step's log, for a `LogReader`.
    package func openLog() throws(Failure) -> Descriptor {
        do throws(Errno) {
            return try results.openFile("log")
        } catch {
            throw Failure(
                .storageFailed, "the log of step \(id) can't be opened: \(error)", fix: "check the disk")
        }
    }

    private func readReport() throws -> StepReport {
        guard let status = try StatusFile.read(from: results) else {
            try sweep.run(step: id)
            throw lost("it left no status")
        }
        if status.ended != .runtimeFailed { filters.harvest(bundle: bundle.path, id: id) }
        let runtimeLog = try? bundle.directory.openFile("runtime.log").readAll(limit: 1 << 20)
        return status.report(runtimeLog: runtimeLog ?? [])
    }

    private func lost(_ reason: String) -> Failure {
        Failure(
            .supervisorLost, "the supervisor of step \(id) ended before its step: \(reason)",
            fix: "run it again; look for a process that was killed in the system's log")
    }
}

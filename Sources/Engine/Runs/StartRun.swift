import Catalog
import Linux
import Logging
package import Model

extension Engine {
    /// Freezes a request on its revision and begins to run it; returns once it is in the catalog.
    ///
    /// - Parameter outputs: the caller's directory into which `outputs` are copied, opened with his rights.
    /// - Throws: as `plan`; `too-many`, `shutting-down`.
    package func startRun(
        _ request: RunRequest, for scope: Scope, outputs: OutputDirectory?
    ) async throws(Failure) -> RunRecord {
        let frozen = try await freeze(request, for: scope)
        let id = TimedID.next(at: now())
        var record = RunRecord(
            id: id, scope: scope, workspace: frozen.workspace, ingest: frozen.ingest?.number,
            revision: frozen.ingest?.revision, created: now())
        record.status = .running
        let folder = RunRequestFolder(of: id, in: sandbox.mountsDirectory)
        let journal = try await makeJournal(for: id, frozen, outputs, folder)
        let run = LiveRun(
            id: id, frozen: frozen, requestFolder: folder, journal: journal,
            outputs: outputs.map { .open($0) })
        let steps = frozen.pipeline.steps.enumerated().map { position, step in
            RunStepRecord(run: id, step: step.key, position: position)
        }
        do throws(Failure) {
            try liveRuns.add(run, limit: configuration.maximumRuns)
            if let ingest = frozen.ingest {
                // Whoever removes the workspace meanwhile: its layers stay until the run is over.
                run.keep(holds.hold(ingest.layers))
                guard try await catalog.has(ingest) else {
                    throw Failure(
                        .revisionGone, "revision \(ingest.revision) was removed before the run began",
                        fix: "register the directory again")
                }
            }
            try await catalog.addRun(record, steps: steps)
        } catch {
            liveRuns.remove(id)
            await removeJournal(of: id, folder)
            run.giveUp()
            throw error
        }
        logger.info("run started", metadata: ["run": "\(id)", "workspace": "\(frozen.workspace ?? "-")"])
        let started = record
        run.begin { [self] in await drive(run, started) }
        return record
    }

    private func makeJournal(
        for id: String, _ frozen: FrozenRun, _ outputs: OutputDirectory?, _ folder: RunRequestFolder
    ) async throws(Failure) -> RunJournal {
        do {
            return try await onBlockingThread { [store] in
                try folder.write(try KeptRunRequest(frozen, run: id, outputs: outputs?.origin))
                let directory = try store.createRunDirectory(id)
                try DeclaredSteps(of: frozen).write(to: directory)
                return try RunJournal(creatingIn: directory, stepCount: frozen.pipeline.steps.count) {
                    store.ballast.release()
                }
            }
        } catch {
            await removeJournal(of: id, folder)
            throw Failure.wrapping(error, to: "start run \(id)")
        }
    }

    private func removeJournal(of id: String, _ folder: RunRequestFolder) async {
        do {
            try await onBlockingThread { [store] in
                try folder.remove()
                try store.removeRunDirectory(id)
            }
        } catch {
            logger.warning(
                "the directory of a refused run stays behind",
                metadata: ["run": "\(id)", "error": "\(error)"])
        }
    }
}

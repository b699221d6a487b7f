import Catalog
import Layers
import Linux
import Model
import Sandbox

/// What a shell stands on, and how its step ran.
struct ShellGround: Sendable {
    let image: Image
    /// Nil on a bare image.
    let snapshot: Snapshot?
    /// Nil without a workspace.
    let ingest: Ingest?
    let declared: DeclaredStep
    let places: StepPlaces
    /// What the one who works in it should know, one line each.
    var notes: [String]
}

extension Engine {
    /// Decides what a shell stands on. Snapshots have to be held by the caller.
    ///
    /// - Parameter hold: called with a snapshot's name before it is looked for.
    /// - Throws: `not-found`, `conflict` for a step that has not ended, `revision-gone`, `snapshot-damaged`.
    func ground(
        for place: ShellRequest.Place, in reach: Reach, hold: (String) -> Void
    ) async throws(Failure) -> ShellGround {
        switch place {
        case .snapshot(let id):
            hold(id)
            let snapshot = try await usedSnapshot(id, in: reach)
            return try await ground(
                on: snapshot, ingest: snapshot.ingest, snapshot.revision, declaredIn: snapshot.maker)
        case .step(let run, let key):
            let details = try await self.run(run, in: reach)
            let step = try details.step(key)
            var left = step.snapshot
            if left == nil { left = try await catalog.snapshot(madeBy: run, step: key, failed: true)?.id }
            if let id = left {
                hold(id)
                let snapshot = try await usedSnapshot(id, in: reach)
                return try await ground(
                    on: snapshot, ingest: snapshot.workspace == nil ? nil : details.record.ingest,
                    details.record.revision, declaredIn: run)
            }
            return try await ground(below: step, of: details, hold: hold)
        }
    }

    private func ground(
        on snapshot: Snapshot, ingest: Int64?, _ revision: Digest?, declaredIn run: String
    ) async throws(Failure) -> ShellGround {
        let ingest = try await self.ingest(number: ingest, revision, under: "snapshot \(snapshot.id)")
        let hasFailed = snapshot.retention == .failed
        var notes = [
            "step \(snapshot.step) \(hasFailed ? "failed and " : "")left this (snapshot \(snapshot.id))"
                + (hasFailed ? ", which is kept for an hour" : "") + Self.words(for: ingest)
        ]
        let declared: DeclaredStep
        if let kept = try await declaredSteps(of: run)?[snapshot.step] {
            declared = kept
        } else {
            let identity = try await catalog.cacheRecords(of: snapshot.id).first?.identity
            declared = DeclaredStep(of: snapshot, identity)
            let names = identity.map { $0.environment.keys.sorted() } ?? []
            if identity == nil {
                notes.append(
                    "how the step was declared is not known here: its user and environment are the image's")
            } else if !names.isEmpty {
                notes.append("not set here, as their values are not kept: \(names.joined(separator: ", "))")
            }
        }
        var places = StepPlaces.standard
        places.workspace = snapshot.workspaceTarget
        return ShellGround(
            image: try await image(below: snapshot), snapshot: snapshot, ingest: ingest, declared: declared,
            places: places, notes: notes + Self.notes(on: declared))
    }

    /// What a step stood on that left nothing.
    private func ground(
        below step: RunStepRecord, of run: RunDetails, hold: (String) -> Void
    ) async throws(Failure) -> ShellGround {
        guard let status = step.status else {
            throw Failure(
                .conflict, "step \(step.step) of run \(step.run) has not ended",
                fix: "wait until it has ended")
        }
        guard let declared = try await declaredSteps(of: step.run)?[step.step], let base = declared.base
        else {
            throw Failure(
                .notFound,
                "step \(step.step) of run \(step.run) left nothing, and what it stood on is not known",
                fix: "run it again")
        }
        var snapshot: Snapshot?
        let image: Image
        let below: String
        switch base {
        case .step(let parent):
            guard let id = run.steps.first(where: { $0.step == parent })?.snapshot else {
                throw Failure(
                    .notFound,
                    "step \(step.step) left nothing, and neither did ‘\(parent)’, on which it stands",
                    fix: "open a shell in ‘\(parent)’, or run it again")
            }
            hold(id)
            let found = try await usedSnapshot(id, in: .scope(run.record.scope))
            snapshot = found
            image = try await self.image(below: found)
            below = "step \(parent)"
        case .image(let name):
            guard let named = try await catalog.image(named: name, in: run.record.scope) else {
                throw Failure(
                    .imageAbsent, "the image \(name) of step \(step.step) is not in the store",
                    fix: "run the step again")
            }
            image = named
            below = "image \(name)"
        }
        let ingest = try await ingest(
            number: declared.workspace == .none ? nil : run.record.ingest, run.record.revision,
            under: "step \(step.step)")
        return ShellGround(
            image: image, snapshot: snapshot, ingest: ingest, declared: declared, places: .standard,
            notes: [
                "step \(step.step) ended as \(status.rawValue), and what it wrote was not kept: this is what it stood on, "
                    + below + Self.words(for: ingest)
            ] + Self.notes(on: declared))
    }

    private func ingest(
        number: Int64?, _ revision: Digest?, under what: String
    ) async throws(Failure) -> Ingest? {
        guard let number else { return nil }
        guard let ingest = try await catalog.ingest(number: number, revision: revision) else {
            throw Failure(
                .revisionGone, "the revision that \(what) was made on is gone", fix: "run the pipeline again")
        }
        return ingest
    }

    /// How the steps of a run are declared; nil where that is not kept, as of leases.
    func declaredSteps(of run: String) async throws(Failure) -> DeclaredSteps? {
        do {
            return try await onBlockingThread { [store] in
                guard let directory = try? store.openRunDirectory(run) else { return nil }
                return try DeclaredSteps.read(from: directory)
            }
        } catch {
            throw Failure.wrapping(error, to: "read how the steps of run \(run) ran")
        }
    }

    private static func words(for ingest: Ingest?) -> String {
        ingest.map { " on revision \($0.revision.hex.prefix(12))" } ?? ""
    }

    private static func notes(on declared: DeclaredStep) -> [String] {
        var notes: [String] = []
        if !declared.passed.isEmpty {
            notes.append(
                "not set here, as values that are passed are not kept: \(declared.passed.joined(separator: ", "))"
            )
        }
        if let mounts = declared.mounts {
            notes.append("not mounted here: \(mounts.joined(separator: ", "))")
        }
        return notes
    }
}

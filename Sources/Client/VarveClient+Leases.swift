package import API
package import Model

/// The side of a runner host, which runs the commands of steps itself. For admins.
///
/// ```swift
/// switch try await client.prepareLease(Wire.LeaseRequest(step: step, workspace: "project")) {
/// case .hit(let hit): parent = hit.snapshot
/// case .prepared(let lease):
///     let exitCode = try await runToItsEnd(lease.bundle)   // renewing the lease meanwhile
///     parent = try await client.commitLease(lease.id, exitCode: exitCode).snapshot
/// }
/// ```
extension VarveClient {
    /// Looks a step up, and prepares its environment if it has to run.
    ///
    /// The mounts are on the daemon's host when this returns. They live until the lease is committed or
    /// discarded, or its time is up, whatever becomes of this connection.
    ///
    /// - Throws: `not-found` for an unknown parent; `image-absent`, `pipeline-invalid`, `bad-path`, `forbidden`.
    package func prepareLease(_ request: Wire.LeaseRequest) async throws -> Wire.LeaseOffer {
        try await create(
            Wire.LeaseOffer.self,
            Request(route: .prepareLease, body: .json(request), patience: nil))
    }

    /// Mounts what a step left behind on the daemon's host, read-only, until it is discarded or its time is up.
    ///
    /// - Parameter revision: below the workspace's deltas; nil for the one the snapshot was made on.
    /// - Throws: `not-found`, `revision-gone`, `snapshot-damaged`, `forbidden`.
    package func view(
        _ snapshot: String, on revision: Digest? = nil, ttlSeconds: Int64? = nil
    ) async throws -> Wire.Lease {
        let request = Wire.LeaseRequest(view: snapshot, revision: revision, ttlSeconds: ttlSeconds)
        return try await create(
            Wire.Lease.self, Request(route: .prepareLease, body: .json(request), patience: nil))
    }

    /// Leases of the caller's scope that have not ended, the newest first.
    package func leases(_ part: Part = Part()) async throws -> Wire.Page<Wire.Lease> {
        try await list(.listLeases, part)
    }

    /// - Throws: `lease-ended` for one that was committed or discarded or has expired.
    package func lease(_ id: String) async throws -> Wire.Lease {
        try await read(Wire.Lease.self, Request(route: .lease(id: id)))
    }

    /// Sets the end of a lease anew, from now on; nil for the usual time.
    ///
    /// - Throws: `lease-ended`.
    @discardableResult
    package func renewLease(_ id: String, ttlSeconds: Int64? = nil) async throws -> Wire.Lease {
        let renewal = Wire.LeaseRenewal(ttlSeconds: ttlSeconds)
        return try await readAgain(
            Wire.Lease.self, Request(route: .renewLease(id: id), body: .json(renewal)))
    }

    /// Makes what the command left behind a snapshot, or gives it up if `exitCode` is not 0.
    ///
    /// The mounts are gone when this returns. It can be repeated with the same exit code, for the same answer.
    ///
    /// - Throws: `lease-busy` while a process uses the tree, which changes nothing; `lease-ended`,
    ///   `lease-readonly` for a view, `conflict` for another exit code than before.
    package func commitLease(_ id: String, exitCode: Int) async throws -> Wire.LeaseCommit {
        let result = Wire.LeaseResult(exitCode: exitCode)
        return try await readAgain(
            Wire.LeaseCommit.self,
            Request(route: .commitLease(id: id), body: .json(result), patience: nil))
    }

    /// As `commitLease(_:exitCode:)`, with the `quiesce` commands of the lease's volumes around it: for daemons outside
    /// of the step's processes that have files of a volume open, which would keep the tree busy.
    ///
    /// The commands before are run in the order of the volumes, those after it in the other one, and always for the
    /// volumes whose commands before have begun. Nothing is run for a command that failed: nothing is kept of it.
    ///
    /// - Parameter run: runs a shell command wherever those daemons are.
    /// - Throws: what `run` throws, without a commit if it was for a command before; as the plain commit.
    package func commitLease(
        _ lease: Wire.Lease, exitCode: Int, quiescing run: (_ command: String) async throws -> Void
    ) async throws -> Wire.LeaseCommit {
        let commands = exitCode == 0 ? (lease.volumes ?? []).compactMap(\.quiesce) : []
        var begun: [VolumeMount.Quiesce] = []
        var result: Result<Wire.LeaseCommit, any Error>
        do {
            for command in commands {
                begun.append(command)
                if let before = command.before { try await run(before) }
            }
            result = .success(try await commitLease(lease.id, exitCode: exitCode))
        } catch {
            result = .failure(error)
        }
        for command in begun.reversed() {
            guard let after = command.after else { continue }
            do {
                try await run(after)
            } catch {
                // The first failure is the one that is told.
                if case .success = result { result = .failure(error) }
            }
        }
        return try result.get()
    }

    /// Gives a lease up; its mounts, and what was written, are gone when this returns. One that has ended is left
    /// as it ended.
    ///
    /// - Parameter force: ends the processes of its bundle, and takes the tree from whoever uses it.
    /// - Throws: `lease-busy` unless forced.
    package func discardLease(_ id: String, force: Bool = false) async throws {
        var query = Query()
        if force { query.add(.force, "true") }
        try await perform(Request(route: .discardLease(id: id), query: query))
    }
}

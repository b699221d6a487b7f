package import Archives
import Catalog
import Layers
package import Linux
package import Model
import SystemPackage
package import Workspaces

/// What a workspace is registered from.
package struct RevisionRequest: Sendable {
    /// Absolute, as the caller sees it.
    package var path: [UInt8]
    /// Patterns left out whatever the rules say.
    package var exclude: [String]
    package var ignore: IgnoreRequest.Source

    package init(path: [UInt8], exclude: [String] = [], ignore: IgnoreRequest.Source = .git) {
        self.path = path
        self.exclude = exclude
        self.ignore = ignore
    }
}

/// A registered revision, and what it took.
package struct RevisionSummary: Sendable {
    package var digest: Digest
    package var ingested: Timestamp
    package var files: Int64
    package var bytes: Int64
    /// Files that were copied into the store; the others were known.
    package var copied: Int64
    package var reused: Int64
    package var milliseconds: Int64
    package var warnings: [Warning]
}

extension Engine {
    /// Takes in a directory as the workspace's newest revision; one that is unchanged stays what it was.
    ///
    /// The directory is opened and read in the caller's own view and with the caller's rights. What runs copied out into it as
    /// `outputs` is left out.
    /// - Throws: `bad-path`, `workspace-missing`, `workspace-unreadable`, `workspace-changing`, `caller-unreachable`,
    ///   `too-large`, `bad-request` for patterns that make no sense, `storage-full`, `storage-failed`.
    package func registerRevision(
        of name: ResourceName, _ request: RevisionRequest, by peer: PeerRoot, in scope: Scope
    ) async throws(Failure) -> RevisionSummary {
        let started = ContinuousClock.now
        let directory = try await CallerDirectory(String(decoding: request.path, as: UTF8.self), of: peer)
        let workspace = try await catalog.workspace(name, in: scope)
        let rules = try IgnoreRequest(
            source: request.ignore, exclude: request.exclude,
            outputs: try await catalog.outputs(of: workspace))
        // Who waits for his workspace's turn takes no place from others.
        let report = try await workspaceTurns.withTurn(workspace) { () async throws(Failure) in
            try await ingestTurns.withTurn(of: scope) { () async throws(Failure) in
                try await ingest(.directory(directory), into: workspace, rules)
            }
        }
        return summary(of: report, since: started)
    }

    /// Takes in a tar archive as the workspace's newest revision; nothing of it is left out by any rule.
    ///
    /// It is unpacked below the store's spool first, and gone from there when this returns. Before it is unpacked as a
    /// whole, nothing is known of the workspace.
    /// - Parameter archive: a file; read from its beginning.
    /// - Throws: `archive-invalid`, `too-large`, `storage-full`, `storage-failed`.
    package func registerRevision(
        of name: ResourceName, archive: consuming Descriptor, packing: ArchivePacking, in scope: Scope
    ) async throws(Failure) -> RevisionSummary {
        let started = ContinuousClock.now
        do {
            let limits = try await unpacking(.source)
            let report = try await UnpackedArchive.lend(
                archive, packing: packing, below: store.spoolPath, limits: limits
            ) { archive in
                let workspace = try await catalog.workspace(name, in: scope)
                return try await workspaceTurns.withTurn(workspace) { () async throws(Failure) in
                    try await ingest(.archive(archive), into: workspace, .everything)
                }
            }
            return summary(of: report, since: started)
        } catch {
            throw Failure.wrapping(error, to: "take in the archive")
        }
    }

    private func summary(of report: IngestReport, since started: ContinuousClock.Instant) -> RevisionSummary {
        let milliseconds = started.duration(to: .now).wholeMilliseconds
        metrics.ingested(milliseconds: milliseconds)
        return RevisionSummary(
            digest: report.manifest.digest, ingested: report.ingested, files: Int64(report.files),
            bytes: report.bytes, copied: Int64(report.copied), reused: Int64(report.reused),
            milliseconds: milliseconds, warnings: report.warnings)
    }

    /// One ingest at a time for each workspace: each is told as the difference to the one before.
    private func ingest(
        _ source: RevisionSource, into workspace: Int64, _ rules: IgnoreRequest
    ) async throws(Failure) -> IngestReport {
        let reserved = try await bytesToLeave()
        let latest = try await catalog.latestIngest(of: workspace)
        let hold = holds.hold(latest?.layers ?? [])
        defer { withExtendedLifetime(hold) {} }
        let previous = try await previousRevision(latest, workspace)
        var isFirst = latest == nil
        if isFirst { isFirst = try await !catalog.hasResults(of: workspace) }
        do {
            return try await recording { batch in
                let number = try await batch.next()
                var ingest = RevisionIngest(of: source, rules, previous: previous, isFirst: isFirst)
                ingest.limits.reservedBytes = reserved
                ingest.limits.room = disk.incoming
                ingest.store = try store.directory.status()
                let outcome = try await ingest.run { [layers] in try LayerBuilder(number, in: layers) }
                switch consume outcome {
                case .unchanged(let report):
                    keepScan(report, of: workspace)
                    return report
                case .new(let report, let builder):
                    let parcel = Parcel(builder)
                    try await record(report, parcel, over: previous == nil ? nil : latest, workspace, batch)
                    keepScan(report, of: workspace)
                    return report
                }
            }
        } catch {
            throw Failure.wrapping(error, to: "take in the workspace")
        }
    }

    /// The ingest before, as far as it can still be built upon: without its manifest or one of its layers, the
    /// next one starts anew.
    private func previousRevision(
        _ latest: Ingest?, _ workspace: Int64
    ) async throws(Failure) -> PreviousRevision? {
        guard let latest, try await catalog.hasLayers(latest.layers),
            let manifest = try? await revisions.manifest(latest.revision)
        else { return nil }
        return PreviousRevision(
            manifest: manifest, ingested: latest.ingested,
            cache: await scans.cache(of: workspace, revision: latest.revision))
    }

    /// The layer first, then the manifest, then the row that makes both count.
    private func record(
        _ report: IngestReport, _ builder: Parcel<LayerBuilder>, over latest: Ingest?, _ workspace: Int64,
        _ batch: LayerBatch
    ) async throws {
        let delta = try await onBlockingThread { [layers] () throws -> NewLayer in
            let builder = try builder.take()
            let layer = try builder.commit()
            return NewLayer(layer, .revision, try layers.size(of: layer))
        }
        var chain = (latest?.layers ?? []) + [delta.id]
        var new = [delta]
        if let start = try await squashStart(of: chain, delta) {
            let squashed = try await squash(
                chain[start...], over: chain[..<start], as: try await batch.next())
            chain = chain[..<start] + [squashed.id]
            new.append(squashed)
        }
        let ingest = Ingest(
            number: 0, workspace: workspace, revision: report.manifest.digest, layers: chain,
            ingested: report.ingested, files: Int64(report.files), bytes: report.bytes)
        let added = new
        _ = try await revisions.save(report.manifest) { [catalog] () async throws(Failure) in
            try await catalog.addIngest(ingest, new: added)
        }
        durability.add(new.map(\.id))
        metrics.ingested(bytes: new.reduce(0) { $0 + $1.bytes })
        upkeep.request()
    }

    /// - Parameter delta: the uppermost, which is not on record yet.
    private func squashStart(of chain: [LayerID], _ delta: NewLayer) async throws(Failure) -> Int? {
        let known = try await catalog.layerEntries(chain)
        return RevisionChain.squashStart(chain.map { $0 == delta.id ? delta.entries : known[$0] ?? 0 })
    }

    private func squash(
        _ chain: ArraySlice<LayerID>, over below: ArraySlice<LayerID>, as number: LayerID
    ) async throws -> NewLayer {
        try await onBlockingThread { [layers] in
            let layer = try layers.squash(
                chain.reversed(), over: below.reversed().map { LayerReference($0) }, as: number)
            return NewLayer(layer, .revision, try layers.size(of: layer))
        }
    }

    private func keepScan(_ report: IngestReport, of workspace: Int64) {
        if let cache = report.cache { scans.keep(cache, of: workspace) }
    }
}

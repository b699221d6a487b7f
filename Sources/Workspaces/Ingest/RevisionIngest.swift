package import Layers
package import Linux
import Model
import SystemPackage

/// Makes a revision of what a workspace's source holds at one moment.
///
/// The first one copies everything; each later one is a scan, and one layer with what changed since. The tree is
/// read until what was read is what was there at one moment, T0, or else refused with `workspace-changing`. What was changed
/// at T0 or later is waited for, until the clock that stamps changes has moved on, and read again. A pass that found
/// something new is followed by one that confirms it, unless all changes are so old that whatever made them has ended.
package struct RevisionIngest: Sendable {
    package let source: RevisionSource
    package let request: IgnoreRequest
    package let previous: PreviousRevision?
    /// Whether entries keep the source's own times. Only where nothing was ever made of the workspace: what stands in a
    /// step's result must not look newer than a source that came in after it.
    package let keepsTimes: Bool
    package var limits = IngestLimits()
    /// The directory of the store that is copied into, which can't be part of what is copied; nil for one out of reach.
    package var store: FileStatus?

    /// - Parameter isFirst: without a revision to build on, whether there never was one.
    package init(
        of source: RevisionSource, _ request: IgnoreRequest, previous: PreviousRevision?, isFirst: Bool = true
    ) {
        self.source = source
        self.request = request
        self.previous = previous
        keepsTimes = previous == nil && isFirst
    }

    /// Passes over the tree at most: the first, and five rounds.
    static let mostPasses = 6

    /// - Parameter makeLayer: called at most once, on a thread that may block, when there is something to store.
    /// - Throws: `workspace-unreadable`, `workspace-changing`, `too-large`, `storage-full`, `storage-failed`, and
    ///   what `makeLayer` throws.
    package func run(into makeLayer: @escaping @Sendable () throws -> LayerBuilder) async throws
        -> IngestOutcome
    {
        let site = LayerSite(makeLayer)
        switch source {
        case .directory(let directory):
            return try await ingest(directory, site)
        case .archive(let archive):
            return try await ingest(archive, site)
        }
    }

    /// One pass, since nobody else has a way to the tree. Its `stat` is forgotten with it.
    private func ingest(_ archive: UnpackedArchive, _ site: LayerSite) async throws -> IngestOutcome {
        let pass = ScanPass(
            directory: archive.directory, request: request, limits: limits, store: store, site: site,
            baseline: previous?.manifest, usesStatus: false, usesListings: false,
            knownIsBaseline: previous != nil)
        let result = try await pass.run(over: previous?.knownTree)
        let isNew = result.tree.manifest.digest != previous?.manifest.digest
        return try await conclude(result, site, passes: 1, prunes: false) { [request] tree in
            isNew ? StatCache(tree, root: nil, request: request.digest) : nil
        }
    }

    private func ingest(_ directory: CallerDirectory, _ site: LayerSite) async throws -> IngestOutcome {
        let root = try await onBlockingThread { try directory.root.directory.status() }
        let cached = previous?.cache.map { $0.describes(root) } ?? false
        var known = previous?.knownTree
        var pass = ScanPass(
            directory: directory, request: request, limits: limits, store: store, site: site,
            baseline: previous?.manifest,
            usesStatus: cached, usesListings: cached && previous?.cache?.request == request.digest,
            knownIsBaseline: previous != nil)
        var wasRevised = false
        for number in 1...RevisionIngest.mostPasses {
            try Task.checkCancellation()
            let result = try await pass.run(over: known)
            let unrest = result.unrest
            if number > 1, unrest.differs { wasRevised = true }
            let isStill = !unrest.isUnconfirmed && unrest.moved == nil && unrest.newest == nil
            if isStill, !unrest.gitIsWriting {
                let cacheIsRight =
                    number == 1 && !unrest.differs && known.map { $0.hasSettled(as: result.tree) } ?? false
                return try await conclude(result, site, passes: number, prunes: wasRevised) {
                    [request] tree in
                    cacheIsRight ? nil : StatCache(tree, root: root, request: request.digest)
                }
            }
            guard number < RevisionIngest.mostPasses else { throw Failure.changing(unrest.place) }
            try await TickTimer.wait(for: unrest)
            known = result.tree
            pass.usesStatus = true
            pass.usesListings = true
            pass.knownIsBaseline = false
        }
        throw Failure.changing("the workspace")
    }

    /// - Parameter cache: makes the cache to be kept; nil if the one from before is right.
    private func conclude(
        _ result: ScanPass.Result, _ site: LayerSite, passes: Int, prunes: Bool,
        cache: (KnownTree) -> StatCache?
    ) async throws -> IngestOutcome {
        let moment = max(SystemClock.realtime, (previous?.ingested.nanoseconds ?? .min + 1) + 1)
        let isNew = result.tree.manifest.digest != previous?.manifest.digest
        var tree = result.tree
        if isNew {
            let assembled = try await onBlockingThread { [previous, keepsTimes, tree] in
                try assemble(
                    tree, over: previous?.manifest, site, prunes: prunes, moment: keepsTimes ? nil : moment)
            }
            tree = tree.with(assembled)
        }
        let report = IngestReport(
            manifest: tree.manifest, cache: cache(tree),
            ingested: Timestamp(nanoseconds: moment), files: tree.manifest.fileCount,
            bytes: tree.manifest.byteCount, copied: isNew ? tree.storedFiles : 0, warnings: result.warnings,
            passes: passes)
        guard isNew, let layer = site.take() else { return .unchanged(report) }
        return .new(report, layer)
    }
}

/// Makes the layer of a tree complete. For a thread that may block.
private func assemble(
    _ tree: KnownTree, over old: Manifest?, _ site: LayerSite, prunes: Bool, moment: Int64?
) throws -> [StatRecord] {
    let root = try site.root()
    do throws(Errno) {
        if prunes { try LayerPruning(old: old, new: tree.manifest).run(root) }
        var assembly = DeltaAssembly(
            RevisionDifference(old: old, new: tree.manifest), root: root, moment: moment,
            records: tree.records)
        try assembly.run()
        return assembly.records
    } catch {
        throw Failure.ingesting(error, "the revision's layer")
    }
}

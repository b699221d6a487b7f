import Linux
import Model
import Synchronization

/// One walk over the tree: a thread with the caller's rights that looks and opens, another that looks ahead of it, and two
/// with the daemon's that read and copy what was opened.
struct ScanPass: Sendable {
    let directory: CallerDirectory
    let request: IgnoreRequest
    let limits: IngestLimits
    let store: FileStatus?
    let site: LayerSite
    let baseline: Manifest?
    /// As in `ScanInput`.
    var usesStatus: Bool
    var usesListings: Bool
    var knownIsBaseline: Bool

    struct Result: Sendable {
        let tree: KnownTree
        let unrest: Unrest
        let warnings: [Warning]
    }

    func run(over known: KnownTree?) async throws -> Result {
        let input = ScanInput(
            root: directory.root, request: request, view: directory.view, limits: limits,
            store: store, settling: SettlingRule(),
            known: known, usesStatus: usesStatus, usesListings: usesListings, baseline: baseline,
            knownIsBaseline: knownIsBaseline)
        var (output, results) = try await read(input)
        for slot in results.indices {
            let result = results[slot]
            if differs(result, output.knownOfSlots[slot], known) {
                output.unrest.different = output.unrest.different ?? EntryPath.printable(result.path)
            }
            let clock = output.clocks[result.status.device] ?? .foreign
            let isCalm = input.settling.isCalm(changed: result.status.changed, on: clock)
            if !isCalm { output.unrest.isLively = true }
            let verdict = input.settling.verdict(changed: result.status.changed, on: clock)
            // What may still be written behind its change time is read anew by the pass that confirms this one.
            results[slot].isSettled = verdict == .settled && isCalm && clock != .ownInMemory
            if verdict == .fresh, output.unrest.isNewer(result.status.changed) {
                output.unrest.newest = (result.status.changed, EntryPath.printable(result.path))
            }
        }
        let (manifest, records) = output.draft.finish(results, root: output.root)
        let tree = KnownTree(
            manifest: manifest, records: records, rules: output.rules, special: output.special)
        let special = output.special.flatMap { path, names in
            names.map { EntryPath(unchecked: path).appending($0) }
        }
        return Result(
            tree: tree, unrest: output.unrest,
            warnings: output.warnings + Warning.leftOut(special.sorted()))
    }

    private func read(_ input: ScanInput) async throws -> (ScanOutput, [ContentResult]) {
        let queue = ContentQueue()
        return try await withTaskCancellationHandler {
            try await read(input, queue)
        } onCancel: {
            queue.fail(
                Failure(.cancelled, "the reading of the workspace was cancelled", fix: "start it again"))
        }
    }

    private func read(
        _ input: ScanInput, _ queue: ContentQueue
    ) async throws -> (ScanOutput, [ContentResult]) {
        let reader = ContentReader(
            queue: queue, site: site, copies: Mutexed([:]), keepsTimes: baseline == nil,
            reservedBytes: limits.reservedBytes, room: limits.room)
        async let first: Void = onBlockingThread { reader.run() }
        async let second: Void = onBlockingThread { reader.run() }
        let output: ScanOutput
        do {
            output = try await walk(input, queue)
        } catch {
            // What the readers have under way is in vain too.
            queue.fail(error as? Failure ?? Failure.changing("the workspace"))
            queue.finish()
            _ = try await (first, second)
            throw error
        }
        queue.finish()
        _ = try await (first, second)
        return (output, try queue.results())
    }

    private func walk(_ input: ScanInput, _ queue: ContentQueue) async throws -> ScanOutput {
        let ahead = StatusAhead(for: input)
        async let asking: Void? = ask(ahead)
        let output = try await asPeer(directory.identity) {
            defer { ahead?.end() }
            var scanner = TreeScanner(input, queue, ahead)
            return try scanner.run()
        }
        // Without a second thread the walk has asked for everything itself.
        _ = try? await asking
        return output
    }

    private func ask(_ ahead: StatusAhead?) async throws {
        guard let ahead else { return }
        try await asPeer(directory.identity) { ahead.run() }
    }

    /// What was read of a file or link is not what was known of its path.
    private func differs(_ result: ContentResult, _ position: Int?, _ known: KnownTree?) -> Bool {
        guard usesStatus, let position, let known else { return true }
        let (node, record) = (known.manifest.nodes[position], known.records[position])
        return node.digest != result.digest || !record.matches(result.status)
            || (node.kind == .file) != (result.status.kind == .file)
    }
}

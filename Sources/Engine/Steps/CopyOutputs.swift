import Catalog
import Layers
package import Linux
package import Model
import Synchronization
import SystemPackage
import Workspaces

/// The caller's directory into which a run copies what its steps declare as `outputs`.
package struct OutputDirectory: Sendable {
    let directory: CallerDirectory
    /// How a later life of the daemon finds it again.
    let origin: Origin

    /// A path, and who asked: it can be opened again as long as that process lives.
    struct Origin: Codable, Sendable {
        var path: String
        var uid: UInt32
        var gid: UInt32
        var groups: [UInt32]
        var pid: Int32
        var capabilities: UInt64
        /// When the process began, in ticks since the boot; nil if that could not be told.
        var began: String?

        /// Blocks.
        init(path: String, of peer: PeerRoot) {
            self.path = path
            let identity = peer.identity
            (uid, gid, groups) = (identity.uid, identity.gid, identity.groups)
            (pid, capabilities) = (identity.pid, identity.capabilities)
            // Who opened the connection may have ended by now, and his number be another's, with another root.
            let began = ProcessBeginning.ticks(of: pid)
            self.began = peer.isRoot(of: pid) && ProcessBeginning.ticks(of: pid) == began ? began : nil
        }

        /// What the caller sees, if it is still the same one.
        func peer() throws -> PeerRoot? {
            guard began != nil, ProcessBeginning.ticks(of: pid) == began else { return nil }
            let root = try PeerRoot.directory(of: pid)
            // The number was the caller's before and after.
            guard ProcessBeginning.ticks(of: pid) == began else { return nil }
            return PeerRoot(
                root: root,
                identity: PeerIdentity(
                    uid: uid, gid: gid, groups: groups, pid: pid, capabilities: capabilities))
        }
    }
}

extension Engine {
    /// Opens a directory in the caller's view, with the caller's rights; one that does not answer is left behind when this
    /// task is cancelled.
    ///
    /// - Throws: `bad-path`, `workspace-missing`, `workspace-unreadable`, `caller-unreachable`; `too-many` where too much of the
    ///   scope is left behind; `cancelled`.
    package func openOutputs(
        _ path: [UInt8], by peer: PeerRoot, for scope: Scope
    ) async throws(Failure) -> OutputDirectory {
        do throws(Failure) {
            return try await outputWork.perform(for: scope) { [self] () async throws(Failure) in
                try await openOutputs(path, by: peer)
            }
        } catch {
            guard error.code == .outputFailed else { throw error }
            // Nothing was to be copied yet.
            throw Failure(.tooMany, error.detail, fix: error.fix)
        }
    }

    /// Opens it, however long that takes.
    func openOutputs(_ path: [UInt8], by peer: PeerRoot) async throws(Failure) -> OutputDirectory {
        let path = String(decoding: path, as: UTF8.self)
        return OutputDirectory(
            directory: try await CallerDirectory(path, of: peer),
            origin: OutputDirectory.Origin(path: path, of: peer))
    }

    /// Copies what the step's lineage wrote at its `outputs` into the caller's directory, also after a hit; never an entry
    /// of the revision. A directory that does not answer is left behind when the run, or the step, is to end.
    ///
    /// - Throws: `output-failed`; `cancelled`.
    func copyOutputs(
        of step: StepSpecification, in run: LiveRun, if end: StepEnd
    ) async throws(Failure) {
        guard end.status.isSuccess, !step.outputs.isEmpty, let outputs = run.outputs else { return }
        let target = try await withOutputs(of: step, in: run) { [self] () async throws(Failure) in
            try await directory(of: outputs, for: step)
        }
        guard let snapshot = run[result: step.key]?.snapshot, !snapshot.deltaLayers.isEmpty else { return }
        let deltas = snapshot.deltaLayers.reversed().map { LayerReference($0) }
        let found: [LineageEntry]
        do {
            found = try await onBlockingThread { [layers] () throws -> [LineageEntry] in
                var entries: [LineageEntry] = []
                try layers.forEachEntry(writtenBy: deltas, matching: step.outputs) { entries.append($0) }
                return entries
            }
        } catch {
            throw Failure.wrapping(error, to: "find the outputs of step \(step.key)")
        }
        try await noteOutputs(found.map(\.path), of: run)
        let queue = OutputQueue(found)
        try await withOutputs(of: step, in: run) { () async throws(Failure) -> Void in
            do {
                try await OutputWriter(into: target.directory).write { try queue.next() }
            } catch {
                throw Failure.wrapping(error, to: "copy the outputs of step \(step.key)")
            }
        }
    }

    /// Does what may hang with the caller's directory; the run says so if it is left behind.
    private func withOutputs<Value: Sendable>(
        of step: StepSpecification, in run: LiveRun,
        _ work: @escaping @Sendable () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let warning = Event.Kind.warning(
            code: "outputs-left",
            detail:
                "step \(step.key): the directory for outputs takes too long to answer; what is being copied there may "
                + "come later, or not at all")
        return try await outputWork.perform(
            for: run.frozen.scope, leaving: { tell(run, [warning]) }, work)
    }

    /// Notes what is about to be in the caller's directory without being source: what is copied out, and of a directory that
    /// the revision does not have, the directory.
    private func noteOutputs(_ paths: [EntryPath], of run: LiveRun) async throws(Failure) {
        guard let source = run.frozen.source else { return }
        var outputs: [EntryPath] = []
        for path in paths {
            if let last = outputs.last, path.isAtOrBelow(last) { continue }
            if let output = source.view.manifest.firstAbsent(of: path) { outputs.append(output) }
        }
        try await catalog.addOutputs(outputs, of: source.ingest.workspace)
    }

    private func directory(
        of outputs: LiveRun.Outputs, for step: StepSpecification
    ) async throws(Failure) -> OutputDirectory {
        switch outputs {
        case .open(let directory): return directory
        case .reopening(let task):
            if let directory = await task.value { return directory }
            throw Failure(
                .outputFailed,
                "the outputs of step \(step.key) can't be copied: who started the run was gone when the daemon came back",
                fix: "run the pipeline again; the step is a hit then")
        }
    }
}

/// Lineage entries on their way out, opened one at a time.
private final class OutputQueue: Sendable {
    private let entries: [LineageEntry]
    private let position = Mutex(0)

    init(_ entries: [LineageEntry]) { self.entries = entries }

    func next() throws -> OutputEntry? {
        while true {
            let index = position.withLock { position in
                defer { position += 1 }
                return position
            }
            guard index < entries.count else { return nil }
            let entry = entries[index]
            switch entry.status.kind {
            case .file:
                return OutputEntry(
                    path: entry.path, content: .file(SharedDescriptor(try entry.openFile()), entry.status))
            case .link: return OutputEntry(path: entry.path, content: .link(target: try entry.readLink()))
            case .directory: return OutputEntry(path: entry.path, content: .directory)
            // Devices, sockets and FIFOs mean nothing outside the step.
            case .characterDevice, .blockDevice, .fifo, .socket: continue
            }
        }
    }
}

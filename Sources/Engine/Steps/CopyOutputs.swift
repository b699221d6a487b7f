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
}

extension Engine {
    /// Opens a directory in the caller's view, with the caller's rights.
    ///
    /// - Throws: `bad-path`, `workspace-missing`, `workspace-unreadable`, `caller-unreachable`.
    package func openOutputs(_ path: [UInt8], by peer: PeerRoot) async throws(Failure) -> OutputDirectory {
        OutputDirectory(directory: try await CallerDirectory(String(decoding: path, as: UTF8.self), of: peer))
    }

    /// Copies what the step's lineage wrote at its `outputs` into the caller's directory, also after a hit; never an entry
    /// of the revision.
    ///
    /// - Throws: `output-failed`.
    func copyOutputs(
        of step: StepSpecification, in run: LiveRun, if end: StepEnd
    ) async throws(Failure) {
        guard end.status.isSuccess, !step.outputs.isEmpty, let target = run.outputs,
            let snapshot = run[result: step.key]?.snapshot, !snapshot.deltaLayers.isEmpty
        else { return }
        let deltas = snapshot.deltaLayers.reversed().map { LayerReference($0) }
        do {
            let found = try await onBlockingThread { [layers] () throws -> [LineageEntry] in
                var entries: [LineageEntry] = []
                try layers.forEachEntry(writtenBy: deltas, matching: step.outputs) { entries.append($0) }
                return entries
            }
            let queue = OutputQueue(found)
            try await OutputWriter(into: target.directory).write { try queue.next() }
        } catch {
            throw Failure.wrapping(error, to: "copy the outputs of step \(step.key)")
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

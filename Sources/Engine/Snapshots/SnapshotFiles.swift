package import Archives
import Catalog
import Layers
import Linux
package import Model
import SystemPackage

extension Engine {
    /// Writes what a step's result has at a path as a tar stream, entries named relative to the path's own
    /// directory; of a path that ends in `.`, relative to the directory it names. The revision's belong to the step's user.
    ///
    /// - Parameters:
    ///   - path: from the root if it begins with `/`, else from the workspace.
    ///   - revision: below the workspace's deltas; nil for the one the snapshot was made on.
    ///   - deltaOnly: only what the lineage wrote.
    ///   - sink: may block, which holds up nobody else.
    /// - Throws: `not-found`, `bad-path`, `revision-gone`, `snapshot-damaged`, `too-large` for a file of more than 1 TiB,
    ///   `cancelled`, and what the sink throws.
    package func files(
        of id: String, path: String, revision: Digest?, deltaOnly: Bool, in reach: Reach,
        to sink: any ByteSink & Sendable
    ) async throws(Failure) {
        let snapshot = try await visibleSnapshot(id, in: reach)
        let place = try SnapshotPlace(path, workspaceAt: snapshot.workspaceTarget)
        let references = try await references(
            for: place, of: snapshot, revision: revision, deltaOnly: deltaOnly)
        let hold = holds.hold(references.map(\.id))
        defer { withExtendedLifetime(hold) {} }
        do {
            try await cancellable { [layers] cancellation in
                let view = try LayerView(of: references, in: layers)
                var archiver = TreeArchiver(try ArchiveWriter(to: sink, cancellation: cancellation))
                try place.add(from: view.root.directory, to: &archiver)
                try archiver.finish()
            }
        } catch let error as Errno {
            throw place.failure(error, in: id)
        } catch {
            throw Failure.wrapping(error, to: "read \(path) of snapshot \(id)")
        }
    }

    private func references(
        for place: SnapshotPlace, of snapshot: Snapshot, revision: Digest?, deltaOnly: Bool
    ) async throws(Failure) -> [LayerReference] {
        guard place.isInWorkspace else {
            if deltaOnly { return snapshot.systemLayers.reversed().map { LayerReference($0) } }
            return try await systemLayers(
                on: try await image(below: snapshot), lineage: snapshot.systemLayers)
        }
        let deltas = snapshot.deltaLayers.reversed().map { LayerReference($0) }
        if deltaOnly { return deltas }
        let layers = try await revisionLayers(under: snapshot, revision)
        return deltas + (try await shown(layers, in: snapshot))
    }

    /// Layers of a revision, their entries as those of the user who ran the step that left the snapshot; as root's where that
    /// is not on record, or the snapshot's system does not know him.
    func shown(_ revision: [LayerID], in snapshot: Snapshot) async throws(Failure) -> [LayerReference] {
        LayerReference.shown(revision, as: try await revision.isEmpty ? .root : revisionOwner(in: snapshot))
    }

    /// Whose a revision's entries were in the step that left the snapshot; root's as above.
    func revisionOwner(in snapshot: Snapshot) async throws(Failure) -> EntryOwner {
        let name: String?
        if let identity = try await catalog.cacheRecords(of: snapshot.id).first?.identity {
            name = identity.user
        } else if let declared = try await declaredSteps(of: snapshot.maker)?[snapshot.step] {
            name = declared.user
        } else {
            return .root
        }
        guard let image = try await catalog.image(snapshot.image) else { return .root }
        let system = try await systemLayers(on: image, lineage: snapshot.systemLayers)
        do throws(Failure) {
            return try await user(
                name ?? image.configuration.user, in: system, of: "step \(snapshot.step)"
            ).owner
        } catch {
            guard error.code == .userUnknown else { throw error }
            return .root
        }
    }

    /// The layers of the revision below a snapshot's deltas, the uppermost first.
    func revisionLayers(under snapshot: Snapshot, _ revision: Digest?) async throws(Failure)
        -> [LayerID]
    {
        guard let made = snapshot.ingest, let workspace = snapshot.workspace else { return [] }
        var ingest: Ingest?
        if let revision {
            let number = try await catalog.findWorkspace(
                try ResourceName(workspace, kind: "workspace"), in: snapshot.scope)
            if let number { ingest = try await catalog.ingest(of: number, revision: revision) }
        } else {
            ingest = try await catalog.ingest(number: made, revision: snapshot.revision)
        }
        guard let ingest else {
            throw Failure(
                .revisionGone, "the revision asked for below snapshot \(snapshot.id) is gone",
                fix:
                    "run its pipeline again, which registers the directory; or ask the API for what the step's "
                    + "lineage wrote alone (view=delta)")
        }
        return ingest.layers.reversed()
    }
}

/// A path in a step's result: which of its two trees, and where in it.
private struct SnapshotPlace: Sendable {
    let isInWorkspace: Bool
    let path: EntryPath
    /// Whether the directory's own name is left out.
    private let isContent: Bool
    let text: String

    init(_ text: String, workspaceAt target: StepPath) throws(Failure) {
        self.text = text
        let absolute = text.hasPrefix("/") ? text : "\(target.text)/\(text)"
        let parts = absolute.utf8.split(separator: UInt8(ascii: "/")).filter { !$0.elementsEqual(".".utf8) }
        guard text.utf8.count <= 4096,
            let path = EntryPath(Array(parts.joined(separator: [UInt8(ascii: "/")])))
        else {
            throw Failure(
                .badPath, "‘\(EntryPath.printable(Array(text.utf8)))’ is no path", fix: "leave out ‘..’")
        }
        let (components, workspace) = (path.components, target.entry.components)
        isInWorkspace = components.starts(with: workspace) { $0.elementsEqual($1) }
        let inside = components.dropFirst(workspace.count).joined(separator: [UInt8(ascii: "/")])
        isContent = text.split(separator: "/").last == "."
        self.path = isInWorkspace ? EntryPath(unchecked: Array(inside)) : path
    }

    /// A directory's content goes below its own name; the trees' roots have none. Links on the way to it are followed
    /// as far as they stay in the tree; one at its end is itself what was asked for, unless its content is.
    func add(from root: borrowing Directory, to archiver: inout TreeArchiver) throws {
        let name = EntryPath(unchecked: Array(path.name))
        if path.isRoot { return try archiver.add(root) }
        if isContent { return try archiver.add(try root.openDirectory(beneath: path.bytes, resolve: way)) }
        let parent =
            try path.parent.map {
                $0.isRoot ? try root.reopened() : try root.openDirectory(beneath: $0.bytes, resolve: way)
            }
            ?? root.reopened()
        if try parent.status(name.bytes).kind == .directory {
            try archiver.add(try parent.openDirectory(name.bytes), as: name)
        } else {
            try archiver.addEntry(name.bytes, of: parent, as: name)
        }
    }

    /// An absolute link in the workspace's tree means a place of the other one.
    private var way: ResolveFlags { [isInWorkspace ? .beneath : .inRoot, .noMagicLinks] }

    func failure(_ error: Errno, in snapshot: String) -> Failure {
        switch error {
        case .noSuchFileOrDirectory, .notDirectory:
            Failure(
                .notFound, "there is no \(text) in snapshot \(snapshot)",
                fix: "look around in it with: varve shell \(snapshot)")
        case .improperLink:
            Failure(
                .badPath,
                "a link on the way to \(text) of snapshot \(snapshot) leads out of the tree it is in",
                fix: "name the place that it leads to: varve shell \(snapshot) shows it")
        default:
            Failure(
                .badPath, "\(text) of snapshot \(snapshot) can't be read: \(error)", fix: "check the path")
        }
    }
}

import Catalog
package import Layers
import Linux
package import Model

/// What one step changed, in a page.
package struct SnapshotChanges: Sendable, Hashable {
    package var changes: [Change]
    /// Where the step had its workspace: what the paths of the area `workspace` are below.
    package var workspaceTarget: StepPath
    /// Give it back for the next page; nil after the last.
    package var next: String?

    package struct Change: Sendable, Hashable {
        package var area: Area
        package var change: LayerChange
    }

    /// Outside the workspace or inside it.
    package enum Area: String, Sendable, Hashable { case system, workspace }
}

extension Engine {
    /// What the snapshot's own step changed against what it stood on: the system first, then the workspace,
    /// by path.
    ///
    /// - Throws: `not-found`, `snapshot-damaged`, `revision-gone` when the revision it was made on is needed
    ///   and gone.
    package func changes(
        of id: String, in reach: Reach, limit: Int, after cursor: String?
    ) async throws(Failure) -> SnapshotChanges {
        let snapshot = try await visibleSnapshot(id, in: reach)
        var page = SnapshotChanges(changes: [], workspaceTarget: snapshot.workspaceTarget, next: nil)
        var position = try Position(cursor)
        if position.area == .system {
            let own = snapshot.ownSystem
            let below = try await systemBelow(snapshot)
            try await add(own, over: below, .system, &position, &page, limit)
        }
        if position.area == .workspace, page.next == nil {
            let own = snapshot.ownDelta
            let below = try await workspaceBelow(snapshot)
            try await add(own, over: below, .workspace, &position, &page, limit)
        }
        return page
    }

    private func add(
        _ own: LayerID?, over below: [LayerReference], _ area: SnapshotChanges.Area,
        _ position: inout Position,
        _ page: inout SnapshotChanges, _ limit: Int
    ) async throws(Failure) {
        let room = limit - page.changes.count
        guard let own, room > 0 else {
            if own != nil { page.next = Position(area: area, path: nil).text }
            position = Position(area: .workspace, path: nil)
            return
        }
        let after = position.path
        do {
            let found = try await onBlockingThread { [layers] in
                try layers.changes(of: own, over: below, after: after, limit: room)
            }
            page.changes += found.changes.map { SnapshotChanges.Change(area: area, change: $0) }
            page.next = found.next.map { Position(area: area, path: $0).text }
        } catch {
            throw Failure.wrapping(error, to: "compare layer \(own) with what it stands on")
        }
        position = Position(area: .workspace, path: nil)
    }

    private func systemBelow(_ snapshot: Snapshot) async throws(Failure) -> [LayerReference] {
        guard let image = try await catalog.image(snapshot.image) else { return [] }
        return try await systemLayers(on: image, lineage: try await parent(of: snapshot)?.systemLayers ?? [])
    }

    private func workspaceBelow(_ snapshot: Snapshot) async throws(Failure) -> [LayerReference] {
        let deltas = (try await parent(of: snapshot)?.deltaLayers ?? []).reversed()
        var layers = deltas.map { LayerReference($0) }
        if let number = snapshot.ingest {
            guard let ingest = try await catalog.ingest(number: number, revision: snapshot.revision) else {
                throw Failure(
                    .revisionGone, "the revision snapshot \(snapshot.id) was made on is gone",
                    fix: "run its pipeline again; keep_revisions says how many are kept")
            }
            layers += try await shown(ingest.layers.reversed(), in: snapshot)
        }
        return layers
    }

    /// A snapshot's own chains may be squashed, its own layer among the rest.
    private func parent(of snapshot: Snapshot) async throws(Failure) -> Snapshot? {
        guard let parent = snapshot.parent else { return nil }
        return try await catalog.snapshot(parent)
    }

    /// Where a page begins, as `area:path`, the path's bytes in hexadecimal: names need not be UTF-8.
    private struct Position {
        var area: SnapshotChanges.Area
        var path: EntryPath?

        init(area: SnapshotChanges.Area, path: EntryPath?) {
            self.area = area
            self.path = path
        }

        init(_ cursor: String?) throws(Failure) {
            guard let cursor else {
                self.init(area: .system, path: nil)
                return
            }
            let parts = cursor.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let area = SnapshotChanges.Area(rawValue: String(parts[0])),
                let bytes = Position.bytes(parts[1]), let path = EntryPath(bytes)
            else {
                throw Failure(
                    .badRequest, "‘\(cursor)’ is no cursor of this list",
                    fix: "use next_cursor as it was answered")
            }
            self.init(area: area, path: path.isRoot ? nil : path)
        }

        var text: String {
            let digits = (path?.bytes ?? []).flatMap { [$0 >> 4, $0 & 15] }
            return "\(area.rawValue):" + digits.map { String($0, radix: 16) }.joined()
        }

        private static func bytes(_ text: Substring) -> [UInt8]? {
            let digits = text.utf8.compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
            guard digits.count == text.utf8.count, digits.count.isMultiple(of: 2) else { return nil }
            return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
        }
    }
}

import API
import Catalog
import Engine
import HTTPTypes
import HummingbirdCore
import Model

/// What steps left behind: listed, shown, removed, and copied out of.
struct SnapshotRoutes: Sendable {
    let engine: Engine

    @Sendable func list(_ call: Call) async throws -> Response {
        let page = try PageRequest(call)
        var filter = SnapshotFilter(reach: try call.listReach)
        filter.workspace = try call.workspace
        filter.step = try call.step?.text
        filter.identity = try identity(call)
        filter.labels = call.query.labels
        filter.limit = page.limit + 1
        if let cursor = page.cursor {
            guard let position = SnapshotFilter.Cursor(cursor) else { throw page.unknownCursor }
            filter.after = position
        }
        let snapshots = try await engine.snapshots(filter)
        return try .json(page.page(snapshots.map { (key: $0.cursor, item: Wire.Snapshot($0)) }))
    }

    @Sendable func get(_ call: Call) async throws -> Response {
        let details = try await engine.snapshot(try call.identifier(of: .snapshot), in: try call.reach)
        return try .json(Wire.Snapshot(details))
    }

    @Sendable func delete(_ call: Call) async throws -> Response {
        _ = try await engine.removeSnapshot(
            try call.identifier(of: .snapshot), recursive: try call.query.flag(.recursive),
            in: try call.reach)
        return .done
    }

    @Sendable func pin(_ call: Call) async throws -> Response {
        try .json(Wire.Snapshot(try await setPinned(call, true)))
    }

    @Sendable func unpin(_ call: Call) async throws -> Response {
        try .json(Wire.Snapshot(try await setPinned(call, false)))
    }

    private func setPinned(_ call: Call, _ isPinned: Bool) async throws -> SnapshotDetails {
        try await engine.pinSnapshot(
            try call.identifier(of: .snapshot), isPinned, in: try call.reach)
    }

    @Sendable func changes(_ call: Call) async throws -> Response {
        let page = try PageRequest(call)
        let changes = try await engine.changes(
            of: try call.identifier(of: .snapshot), in: try call.reach, limit: page.limit, after: page.cursor
        )
        let items = changes.changes.map { Wire.Change($0, workspaceAt: changes.workspaceTarget) }
        return try .json(Wire.Page(items: items, nextCursor: changes.next))
    }

    private func identity(_ call: Call) throws(Failure) -> Digest? {
        guard let text = call.query[.identity] else { return nil }
        guard let digest = Digest(hex: text) else {
            throw Failure(
                .badRequest, "the query parameter ‘identity’ is no digest",
                fix: "give 64 hex digits, as a plan shows them")
        }
        return digest
    }
}

extension Snapshot {
    /// Where the list goes on behind it.
    fileprivate var cursor: String { "\(created.nanoseconds)-\(id)" }
}

extension SnapshotFilter.Cursor {
    fileprivate init?(_ text: String) {
        let parts = text.split(separator: "-", maxSplits: 1)
        guard parts.count == 2, let nanoseconds = Int64(parts[0]) else { return nil }
        self.init(created: Timestamp(nanoseconds: nanoseconds), id: String(parts[1]))
    }
}

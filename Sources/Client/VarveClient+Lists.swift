package import API
package import Model

/// Lists come in parts; each function gives one part, `everything` puts them together.
extension VarveClient {
    /// Which part of a list.
    package struct Part: Sendable {
        package var limit: Int64?
        package var cursor: String?

        package init(limit: Int64? = nil, cursor: String? = nil) {
            self.limit = limit
            self.cursor = cursor
        }
    }

    /// What a list is narrowed to; nil for everything.
    package struct Filter: Sendable {
        package var workspace: String?
        package var step: StepKey?
        package var identity: Digest?
        package var status: RunStatus?
        /// Of the image below, by name.
        package var labels: [String: String]

        package init(
            workspace: String? = nil, step: StepKey? = nil, identity: Digest? = nil, status: RunStatus? = nil,
            labels: [String: String] = [:]
        ) {
            self.labels = labels
            self.workspace = workspace
            self.step = step
            self.identity = identity
            self.status = status
        }
    }

    package func images(_ part: Part = Part()) async throws -> Wire.Page<Wire.Image> {
        try await list(.listImages, part)
    }

    package func workspaces(_ part: Part = Part()) async throws -> Wire.Page<Wire.Workspace> {
        try await list(.listWorkspaces, part)
    }

    package func revisions(
        of workspace: ResourceName, _ part: Part = Part()
    ) async throws -> Wire.Page<Wire.Revision> {
        try await list(.listRevisions(workspace: workspace), part)
    }

    /// The newest first.
    package func runs(_ filter: Filter = Filter(), _ part: Part = Part()) async throws -> Wire.Page<Wire.Run>
    {
        try await list(.listRuns, part, filter)
    }

    /// The newest first.
    package func snapshots(
        _ filter: Filter = Filter(), _ part: Part = Part()
    ) async throws -> Wire.Page<Wire.Snapshot> {
        try await list(.listSnapshots, part, filter)
    }

    /// In the order of their paths.
    package func changes(
        of snapshot: String, _ part: Part = Part()
    ) async throws -> Wire.Page<Wire.Change> {
        try await list(.snapshotChanges(id: snapshot), part)
    }

    /// Hands every item of a list to `receive`, part by part.
    package func everything<Item>(
        _ part: (Part) async throws -> Wire.Page<Item>, receive: (Item) throws -> Void
    ) async throws {
        var next = Part(limit: Endpoint.pageLimit.most)
        while true {
            let page = try await part(next)
            for item in page.items { try receive(item) }
            guard let cursor = page.nextCursor else { return }
            next.cursor = cursor
        }
    }

    func list<Item: Codable & Sendable>(
        _ route: Route, _ part: Part, _ filter: Filter = Filter()
    ) async throws -> Wire.Page<Item> {
        var query = Query()
        query.add(.workspace, filter.workspace)
        query.add(.step, filter.step?.text)
        query.add(.identity, filter.identity?.hex)
        query.add(.status, filter.status?.rawValue)
        for (name, value) in filter.labels.sorted(by: { $0.key < $1.key }) { query.addLabel(name, value) }
        query.add(.limit, part.limit.map { "\($0)" })
        query.add(.cursor, part.cursor)
        return try await read(Wire.Page<Item>.self, Request(route: route, query: query))
    }
}

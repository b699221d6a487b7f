package import Model

/// An endpoint with its path parameters filled in.
package struct Route: Hashable, Sendable {
    package let endpoint: Endpoint
    /// Values for the template's parameters, in order, not encoded.
    package let parameters: [String]

    private init(_ endpoint: Endpoint, _ parameters: String...) {
        self.endpoint = endpoint
        self.parameters = parameters
    }

    package var method: Endpoint.Method { endpoint.method }

    /// The path with its parameters percent-encoded, each one segment.
    package var path: String {
        var values = parameters.makeIterator()
        return endpoint.template.split(separator: "/").map { segment in
            guard segment.first == "{" else { return "/" + segment }
            return "/" + PercentEncoding.encode(values.next() ?? "")
        }.joined()
    }
}

extension Route {
    package static let info = Route(.info)
    package static let health = Route(.health)
    package static let metrics = Route(.metrics)
    package static let importImage = Route(.importImage)
    package static let listImages = Route(.listImages)
    package static func image(name: ResourceName) -> Route { Route(.image, name.text) }
    package static func deleteImage(name: ResourceName) -> Route { Route(.deleteImage, name.text) }
    package static func createRevision(workspace: ResourceName) -> Route {
        Route(.createRevision, workspace.text)
    }
    package static func listRevisions(workspace: ResourceName) -> Route {
        Route(.listRevisions, workspace.text)
    }
    package static func deleteRevision(workspace: ResourceName, _ digest: Digest) -> Route {
        Route(.deleteRevision, workspace.text, digest.hex)
    }
    package static let listWorkspaces = Route(.listWorkspaces)
    package static func deleteWorkspace(name: ResourceName) -> Route { Route(.deleteWorkspace, name.text) }
    package static let plan = Route(.plan)
    package static let explain = Route(.explain)
    package static let createRun = Route(.createRun)
    package static let listRuns = Route(.listRuns)
    package static func run(id: String) -> Route { Route(.run, id) }
    package static func runEvents(id: String) -> Route { Route(.runEvents, id) }
    package static func cancelRun(id: String) -> Route { Route(.cancelRun, id) }
    package static let listSnapshots = Route(.listSnapshots)
    package static func snapshot(id: String) -> Route { Route(.snapshot, id) }
    package static func deleteSnapshot(id: String) -> Route { Route(.deleteSnapshot, id) }
    package static func pinSnapshot(id: String) -> Route { Route(.pinSnapshot, id) }
    package static func unpinSnapshot(id: String) -> Route { Route(.unpinSnapshot, id) }
    package static func snapshotChanges(id: String) -> Route { Route(.snapshotChanges, id) }
    package static func snapshotFiles(id: String) -> Route { Route(.snapshotFiles, id) }
    package static let prepareLease = Route(.prepareLease)
    package static let listLeases = Route(.listLeases)
    package static func lease(id: String) -> Route { Route(.lease, id) }
    package static func renewLease(id: String) -> Route { Route(.renewLease, id) }
    package static func commitLease(id: String) -> Route { Route(.commitLease, id) }
    package static func discardLease(id: String) -> Route { Route(.discardLease, id) }
    package static let openShell = Route(.openShell)
    package static let listVolumes = Route(.listVolumes)
    package static func volume(name: ResourceName) -> Route { Route(.volume, name.text) }
    package static func deleteVolume(name: ResourceName) -> Route { Route(.deleteVolume, name.text) }
    package static func clearVolume(name: ResourceName) -> Route { Route(.clearVolume, name.text) }
    package static func exportVolume(name: ResourceName) -> Route { Route(.exportVolume, name.text) }
    package static func importVolume(name: ResourceName) -> Route { Route(.importVolume, name.text) }
    package static let usage = Route(.usage)
    package static let prune = Route(.prune)
}

package import Model

/// An endpoint with its path parameters filled in.
package enum Route: Hashable, Sendable {
    case info, health, metrics
    case importImage, listImages
    case image(name: ResourceName)
    case deleteImage(name: ResourceName)
    case createRevision(workspace: ResourceName)
    case listRevisions(workspace: ResourceName)
    case deleteRevision(workspace: ResourceName, Digest)
    case listWorkspaces
    case deleteWorkspace(name: ResourceName)
    case plan, explain
    case createRun, listRuns
    case run(id: String)
    case runEvents(id: String)
    case cancelRun(id: String)
    case listSnapshots
    case snapshot(id: String)
    case deleteSnapshot(id: String)
    case pinSnapshot(id: String)
    case unpinSnapshot(id: String)
    case snapshotChanges(id: String)
    case snapshotFiles(id: String)
    case prepareLease, listLeases
    case lease(id: String)
    case renewLease(id: String)
    case commitLease(id: String)
    case discardLease(id: String)
    case openShell
    case listVolumes
    case volume(name: ResourceName)
    case deleteVolume(name: ResourceName)
    case clearVolume(name: ResourceName)
    case exportVolume(name: ResourceName)
    case importVolume(name: ResourceName)
    case usage, prune

    package var endpoint: Endpoint { entry.endpoint }

    /// Values for the template's parameters, in order, not encoded.
    package var parameters: [String] { entry.parameters }

    package var method: Endpoint.Method { endpoint.method }

    /// The path with its parameters percent-encoded, each one segment.
    package var path: String {
        var values = parameters.makeIterator()
        return endpoint.template.split(separator: "/").map { segment in
            guard segment.first == "{" else { return "/" + segment }
            return "/" + PercentEncoding.encode(values.next() ?? "")
        }.joined()
    }

    private var entry: (endpoint: Endpoint, parameters: [String]) {
        switch self {
        case .info: (.info, [])
        case .health: (.health, [])
        case .metrics: (.metrics, [])
        case .importImage: (.importImage, [])
        case .listImages: (.listImages, [])
        case .image(let name): (.image, [name.text])
        case .deleteImage(let name): (.deleteImage, [name.text])
        case .createRevision(let workspace): (.createRevision, [workspace.text])
        case .listRevisions(let workspace): (.listRevisions, [workspace.text])
        case .deleteRevision(let workspace, let digest): (.deleteRevision, [workspace.text, digest.hex])
        case .listWorkspaces: (.listWorkspaces, [])
        case .deleteWorkspace(let name): (.deleteWorkspace, [name.text])
        case .plan: (.plan, [])
        case .explain: (.explain, [])
        case .createRun: (.createRun, [])
        case .listRuns: (.listRuns, [])
        case .run(let id): (.run, [id])
        case .runEvents(let id): (.runEvents, [id])
        case .cancelRun(let id): (.cancelRun, [id])
        case .listSnapshots: (.listSnapshots, [])
        case .snapshot(let id): (.snapshot, [id])
        case .deleteSnapshot(let id): (.deleteSnapshot, [id])
        case .pinSnapshot(let id): (.pinSnapshot, [id])
        case .unpinSnapshot(let id): (.unpinSnapshot, [id])
        case .snapshotChanges(let id): (.snapshotChanges, [id])
        case .snapshotFiles(let id): (.snapshotFiles, [id])
        case .prepareLease: (.prepareLease, [])
        case .listLeases: (.listLeases, [])
        case .lease(let id): (.lease, [id])
        case .renewLease(let id): (.renewLease, [id])
        case .commitLease(let id): (.commitLease, [id])
        case .discardLease(let id): (.discardLease, [id])
        case .openShell: (.openShell, [])
        case .listVolumes: (.listVolumes, [])
        case .volume(let name): (.volume, [name.text])
        case .deleteVolume(let name): (.deleteVolume, [name.text])
        case .clearVolume(let name): (.clearVolume, [name.text])
        case .exportVolume(let name): (.exportVolume, [name.text])
        case .importVolume(let name): (.importVolume, [name.text])
        case .usage: (.usage, [])
        case .prune: (.prune, [])
        }
    }
}

package import Catalog
package import Model

extension Engine {
    /// In the order of their workspaces and names.
    ///
    /// - Parameter workspace: nil for all.
    package func volumes(in reach: Reach, workspace: String?) async throws(Failure) -> [VolumeDetails] {
        try await catalog.volumes(in: reach, workspace: workspace)
    }

    /// - Throws: `not-found`.
    package func volume(_ name: VolumeName) async throws(Failure) -> VolumeDetails {
        let found = try await catalog.volumes(
            in: .scope(name.scope), workspace: name.workspace ?? "", name: name.name)
        guard let volume = found.first else { throw name.unknown }
        return volume
    }

    /// Removes a volume with all its versions, or only one version. Steps that have begun with one go on.
    ///
    /// - Throws: `not-found`.
    package func removeVolume(_ name: VolumeName, version: String?) async throws(Failure) {
        guard
            let removed = try await catalog.removeVersions(
                of: name, version: version, keepingName: version != nil)
        else { throw name.unknown }
        if let version, removed == 0 { throw name.unknown(version: version) }
        upkeep.request()
    }

    /// Removes all versions of a volume, which stays.
    ///
    /// - Throws: `not-found`.
    package func clearVolume(_ name: VolumeName) async throws(Failure) -> VolumeDetails {
        guard try await catalog.removeVersions(of: name, keepingName: true) != nil else { throw name.unknown }
        upkeep.request()
        return try await volume(name)
    }
}

extension VolumeName {
    var unknown: Failure {
        let place = workspace.map { "workspace \($0) has" } ?? "without a workspace there is"
        return Failure(
            .notFound, "\(place) no volume \(name)", fix: "list them with: varve volume list")
    }

    func unknown(version: String) -> Failure {
        Failure(
            .notFound, "volume \(name) has no version \(EntryPath.printable(Array(version.utf8.prefix(64))))",
            fix: "list them with: varve volume inspect \(name)")
    }
}

import Catalog
import Layers
import Linux
package import Model
import SystemPackage

extension Engine {
    /// Mounts what a step left behind on this host, read-only, until the lease ends.
    ///
    /// - Parameter reach: where the snapshot is looked for.
    /// - Throws: `not-found`, `revision-gone`, `snapshot-damaged`.
    package func prepareView(
        _ request: ViewRequest, for scope: Scope, reach: Reach
    ) async throws(Failure) -> PreparedLease {
        let id = request.snapshot
        // Until the lease itself is on record.
        let hold = snapshotHolds.hold([id])
        defer { withExtendedLifetime(hold) {} }
        let snapshot = try await usedSnapshot(id, in: reach)
        let hasWorkspace = snapshot.workspace != nil
        var places = StepPlaces.standard
        places.workspace = snapshot.workspaceTarget
        let system = try await systemLayers(
            on: try await image(below: snapshot), lineage: snapshot.systemLayers,
            mountPoints: places.mountPoints)
        let revision = hasWorkspace ? try await revisionLayers(under: snapshot, request.revision) : []
        let layers = LeasedLayers(
            system: system.map(\.id), deltas: snapshot.deltaLayers.reversed(), revision: revision,
            owner: revision.isEmpty ? .root : try await revisionOwner(in: snapshot), workspace: .readOnly)
        let lease = try newLease(
            scope, request.holder, .view(of: id), layers,
            workspaceTarget: hasWorkspace ? places.workspace : nil,
            request.lifetime)
        return try await establish(lease, "the view of snapshot \(id)") { [layers = self.layers] tree in
            try tree.attach(try StepMounts(viewing: tree.layers, in: layers))
        }
        .prepared
    }
}

/// The layers a lease's mounts are made of, the uppermost first, below what is written.
package struct LeasedLayers: Hashable, Sendable {
    package var system: [LayerID]
    package var deltas: [LayerID]
    package var revision: [LayerID]
    /// Who appears as the owner of the revision's entries.
    package var owner: EntryOwner
    package var workspace: StepSpecification.WorkspaceMode
    package var volumes: [StepVolume]
    package var mountPoints: [StepMountPoint]

    package init(
        system: [LayerID], deltas: [LayerID], revision: [LayerID], owner: EntryOwner,
        workspace: StepSpecification.WorkspaceMode, volumes: [StepVolume] = [],
        mountPoints: [StepMountPoint] = []
    ) {
        self.system = system
        self.deltas = deltas
        self.revision = revision
        self.owner = owner
        self.workspace = workspace
        self.volumes = volumes
        self.mountPoints = mountPoints
    }

    package var all: [LayerID] { system + deltas + revision + volumes.flatMap(\.allLayers) }
}

extension LeasedLayers: Codable {
    private enum CodingKeys: String, CodingKey {
        case system, deltas, revision, owner, workspace, volumes, mountPoints
    }

    /// Leases of older daemons have neither volumes nor mount points.
    package init(from decoder: any Decoder) throws {
        let layers = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            system: try layers.decode([LayerID].self, forKey: .system),
            deltas: try layers.decode([LayerID].self, forKey: .deltas),
            revision: try layers.decode([LayerID].self, forKey: .revision),
            owner: try layers.decode(EntryOwner.self, forKey: .owner),
            workspace: try layers.decode(StepSpecification.WorkspaceMode.self, forKey: .workspace),
            volumes: try layers.decodeIfPresent([StepVolume].self, forKey: .volumes) ?? [],
            mountPoints: try layers.decodeIfPresent([StepMountPoint].self, forKey: .mountPoints) ?? [])
    }
}

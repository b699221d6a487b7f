/// One immutable state of a volume.
package struct VolumeVersion: Hashable, Sendable {
    /// 16 hex digits.
    package var id: String
    /// Nil for a version that a step without a key left.
    package var key: String?
    package var targets: [EntryPath]
    package var over: VolumeMount.Ground
    /// The oldest first. In each, directory `N` belongs to target `N`.
    package var layers: [LayerID]
    package var bytes: Int64
    package var entries: Int64
    /// The step that left it, and where that ran; nil for one that was brought in.
    package var maker: Maker?
    package var created: Timestamp
    package var used: Timestamp

    package struct Maker: Hashable, Sendable {
        package var step: StepKey
        /// The run, or the lease.
        package var id: String

        package init(step: StepKey, id: String) {
            self.step = step
            self.id = id
        }
    }

    package init(
        id: String, key: String?, targets: [EntryPath], over: VolumeMount.Ground, layers: [LayerID],
        bytes: Int64, entries: Int64, maker: Maker?, created: Timestamp
    ) {
        self.id = id
        self.key = key
        self.targets = targets
        self.over = over
        self.layers = layers
        self.bytes = bytes
        self.entries = entries
        self.maker = maker
        self.created = created
        used = created
    }
}

/// Whose volume, and its name: two workspaces of one owner never see each other's.
package struct VolumeName: Hashable, Sendable, Codable {
    package var scope: Scope
    /// Nil for the volumes of runs without a workspace.
    package var workspace: String?
    package var name: ResourceName

    package init(scope: Scope, workspace: String?, name: ResourceName) {
        self.scope = scope
        self.workspace = workspace
        self.name = name
    }
}

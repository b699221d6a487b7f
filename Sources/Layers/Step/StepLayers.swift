package import Model

/// What a step stands on, as lists of layers with the uppermost first.
package struct StepLayers: Hashable, Sendable {
    /// The lineage's system layers, the stub layer, the image's layers.
    package var system: [LayerReference]
    /// What is at the workspace's target.
    package var workspace: Workspace
    /// In the order in which they are attached.
    package var volumes: [StepVolume]
    /// Directories on which something else is mounted, beside those of volumes.
    package var mountPoints: [StepMountPoint]

    /// The layers of one step.
    package init(
        system: [LayerReference], workspace: Workspace, volumes: [StepVolume] = [],
        mountPoints: [StepMountPoint] = []
    ) {
        self.system = system
        self.workspace = workspace
        self.volumes = volumes
        self.mountPoints = mountPoints
    }

    /// What root and workspace are made of.
    package var trees: [LayerReference] { system + workspace.references }

    /// Everything in an area on which something is mounted.
    func mountPoints(in area: StepMountPoint.Area) -> [EntryPath] {
        (volumes.flatMap { $0.places.map(\.point) } + mountPoints).filter { $0.area == area }.map(\.path)
    }

    /// Which workspace a step has, and whether it may write there.
    package enum Workspace: Hashable, Sendable {
        case none
        /// The lineage's deltas and the revision's layers, not to be written to.
        case readOnly([LayerReference])
        /// The lineage's deltas and the revision's layers, with a delta of the step's own above.
        case readWrite([LayerReference])

        /// - Parameter references: of no meaning without a workspace.
        package init(_ mode: StepSpecification.WorkspaceMode, of references: [LayerReference]) {
            self =
                switch mode {
                case .none: .none
                case .readOnly: .readOnly(references)
                case .readWrite: .readWrite(references)
                }
        }

        package var mode: StepSpecification.WorkspaceMode {
            switch self {
            case .none: .none
            case .readOnly: .readOnly
            case .readWrite: .readWrite
            }
        }

        package var references: [LayerReference] {
            switch self {
            case .none: []
            case .readOnly(let references), .readWrite(let references): references
            }
        }
    }
}

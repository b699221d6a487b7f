/// What a step stands on, as lists of layers with the uppermost first.
package struct StepLayers: Hashable, Sendable {
    /// The lineage's system layers, the stub layer, the image's layers.
    package var system: [LayerReference]
    /// What is at the workspace's target.
    package var workspace: Workspace

    /// The layers of one step.
    package init(system: [LayerReference], workspace: Workspace) {
        self.system = system
        self.workspace = workspace
    }

    /// Which workspace a step has, and whether it may write there.
    package enum Workspace: Hashable, Sendable {
        case none
        /// The lineage's deltas and the revision's layers, not to be written to.
        case readOnly([LayerReference])
        /// The lineage's deltas and the revision's layers, with a delta of the step's own above.
        case readWrite([LayerReference])
    }
}

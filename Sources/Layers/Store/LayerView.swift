package import Linux
package import Model

/// A read-only view of layers, merged as a step sees them; mounted nowhere, and gone with its last holder.
///
/// Directories opened from `root` keep the view alive on their own.
package final class LayerView: Sendable {
    /// The top of the merged tree.
    package let root: SharedDirectory

    /// - Parameter references: uppermost first; none is an empty directory.
    package init(of references: [LayerReference], in store: LayerStore) throws(Failure) {
        let mount = try store.readOnlyMount(of: references, "a view")
        // The open root keeps the overlay when its mount's own descriptor is closed.
        do {
            try mount.setAttributes(.noDevices)
            root = SharedDirectory(try mount.directory())
        } catch {
            throw .storage(error, "open a view")
        }
    }
}

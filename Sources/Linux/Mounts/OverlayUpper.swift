/// Where an overlay puts what is written: two directories below one, so that they are on one mount in every
/// form.
package struct OverlayUpper: Sendable {
    package let parent: SharedDirectory
    package let name: String
    /// Must be fresh for every mount.
    package let workName: String

    package init(in parent: SharedDirectory, name: String, workName: String) {
        self.parent = parent
        self.name = name
        self.workName = workName
    }
}

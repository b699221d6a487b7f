/// A directory an overlay shows and never changes.
package struct OverlayLower: Sendable {
    package let directory: SharedDirectory
    /// Whose the entries appear to be, and are copied up as.
    package let ownerShift: OwnerShift?

    package init(_ directory: SharedDirectory, ownerShift: OwnerShift? = nil) {
        self.directory = directory
        self.ownerShift = ownerShift.flatMap { $0.isIdentity ? nil : $0 }
    }
}

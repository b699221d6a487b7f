/// What an overlay is made of.
///
/// The directories stay open until the mount is made; the kernel keeps them itself from then on. Nobody may
/// change a lower directory while it is mounted, nor use an upper one in two overlays at a time: the kernel
/// does not prevent it.
package struct OverlaySpecification: Sendable {
    /// Uppermost first.
    package var lowers: [OverlayLower]
    package var upper: OverlayUpper?
    /// Nothing can be written through the mount, with an upper directory too.
    package var isReadOnly: Bool

    /// At least two lower directories, or one and an upper: the kernel makes no overlay of one directory.
    package init(lowers: [OverlayLower], upper: OverlayUpper? = nil, isReadOnly: Bool = false) {
        self.lowers = lowers
        self.upper = upper
        self.isReadOnly = isReadOnly
    }

    var needsOwnerShift: Bool { lowers.contains { $0.ownerShift != nil } }
}

package import SystemPackage

/// Names of the attributes overlayfs writes on its upper directories.
package enum OverlayAttribute {
    /// What all of them begin with.
    package static let prefix = "trusted.overlay."
    /// On a directory: `y` means nothing of the same directory in lower layers shows through.
    package static let opaque = "trusted.overlay.opaque"
    /// On a copied-up file or directory: which lower one it came from.
    package static let origin = "trusted.overlay.origin"
}

extension Directory {
    /// This directory hides what lower layers have in the same place.
    package func isOpaque() throws(Errno) -> Bool {
        // Exactly "y": "x" marks a directory with xattr whiteouts, which is not opaque.
        try descriptor.attribute(OverlayAttribute.opaque) == Array("y".utf8)
    }

    /// Entry `name` is a directory that hides what lower layers have in the same place.
    package func isOpaque(_ name: borrowing some PathBytes & ~Copyable) throws(Errno) -> Bool {
        try attribute(OverlayAttribute.opaque, of: name) == Array("y".utf8)
    }

    /// Makes this directory hide what lower layers have in the same place.
    package func setOpaque() throws(Errno) {
        try descriptor.setAttribute(OverlayAttribute.opaque, to: Array("y".utf8))
    }
}

package import Layers
package import Model

/// An image whose layers are all in the store, before the catalog knows of it.
package struct ImportedImage: Sendable {
    /// A layer that was made, and has no record yet.
    package struct NewLayer: Sendable, Hashable {
        package let layer: LayerID
        package let size: LayerSize
    }

    package let image: Image
    /// Those of its layers that were made for it; the others were there.
    package let created: [NewLayer]
    /// What of it was not taken over (forged whiteouts, sockets …), for people; the first few.
    package let leftOut: [String]
}

/// How far an import has come.
package struct ImageProgress: Sendable, Hashable {
    /// What is being done.
    package enum Stage: Sendable, Hashable {
        /// Bytes come over the network.
        case fetching
        /// Bytes of the image's files are unpacked.
        case unpacking
    }

    package let stage: Stage
    package let bytes: Int64
    /// Nil where nobody knows beforehand.
    package let total: Int64?
}

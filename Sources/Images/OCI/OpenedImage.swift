import Linux
import Model

/// An image whose documents have been read and checked, and whose layers are open.
///
/// Made with the rights of whoever asked; what follows needs none of them.
struct OpenedImage: Sendable {
    let configuration: ImageConfiguration
    /// The lowest first.
    let layers: [LayerBlob]

    static let maximumLayers = 250

    /// Pairs the configuration's layers with the files they are in.
    ///
    /// - Throws: `image-invalid`, `too-many`.
    init(
        _ configuration: OCIConfiguration, layers: [LayerFile], for host: ImagePlatform
    ) throws(Failure) {
        self.configuration = try ImageConfiguration(configuration, for: host)
        let diffIDs = configuration.rootfs.diffIDs
        guard diffIDs.count == layers.count else {
            throw Failure.image("the image has \(layers.count) layers, and digests for \(diffIDs.count)")
        }
        guard layers.count <= OpenedImage.maximumLayers else {
            throw Failure(
                .tooMany, "the image has \(layers.count) layers, more than \(OpenedImage.maximumLayers)",
                fix: "squash it when it is built")
        }
        var blobs: [LayerBlob] = []
        for (layer, text) in zip(layers, diffIDs) {
            guard text.hasPrefix("sha256:"), let diffID = Digest(hex: text.dropFirst(7)) else {
                throw Failure.image("a layer has the digest ‘\(text.prefix(100))’, which is no SHA-256")
            }
            blobs.append(LayerBlob(layer, diffID: diffID))
        }
        self.layers = blobs
    }
}

/// The file a layer is in.
final class LayerFile: Sendable {
    let descriptor: Descriptor
    let size: Int64
    /// Of the file as it is; nil where nobody says.
    let digest: Digest?

    init(_ descriptor: consuming Descriptor, size: Int64, digest: Digest?) {
        self.descriptor = descriptor
        self.size = size
        self.digest = digest
    }
}

/// A layer that can be unpacked.
struct LayerBlob: Sendable {
    let file: LayerFile
    /// Of the layer's archive, not compressed.
    let diffID: Digest

    init(_ file: LayerFile, diffID: Digest) {
        self.file = file
        self.diffID = diffID
    }

    /// For messages.
    var name: String { "layer \(diffID.hex.prefix(12))" }
}

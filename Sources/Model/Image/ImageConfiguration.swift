/// What an image says about how its processes run, as far as steps use it.
///
/// The image's entry point, command and working directory are not used.
package struct ImageConfiguration: Hashable, Sendable, Codable {
    package var environment: [String: String]
    /// As in the image: a name or number, with `:` and a group or without. Nil for root.
    package var user: String?
    /// `linux/amd64`.
    package var platform: String
    package var labels: [String: String]

    package init(
        environment: [String: String] = [:], user: String? = nil, platform: String,
        labels: [String: String] = [:]
    ) {
        self.environment = environment
        self.user = user
        self.platform = platform
        self.labels = labels
    }
}

/// One layer of an image: shared between all images that have it.
package struct ImageLayer: Hashable, Sendable {
    /// The digest of the layer's uncompressed archive.
    package var diffID: Digest
    package var layer: LayerID
    /// Bytes on disk.
    package var bytes: Int64

    package init(diffID: Digest, layer: LayerID, bytes: Int64) {
        self.diffID = diffID
        self.layer = layer
        self.bytes = bytes
    }
}

extension ImageConfiguration {
    /// The identity of an image: its layers in order, and its configuration. Independent of where it came
    /// from.
    package func imageDigest(layers: [Digest]) -> Digest {
        var hasher = FieldHasher(domain: "varve image 1")
        hasher.add("layers", layers.map(\.hex))
        hasher.add("environment", environment.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] })
        hasher.add("user", user)
        hasher.add("platform", platform)
        hasher.add("labels", labels.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] })
        return hasher.finalize()
    }
}

import Model

/// Points to a blob: what it is, how long, and its digest.
struct OCIDescriptor: Decodable {
    struct Platform: Decodable {
        var architecture: String
        var os: String
    }

    var mediaType: String?
    var digest: String
    var size: Int64
    var platform: Platform?
    var annotations: [String: String]?

    /// The name it has in its layout.
    var tag: String? { annotations?["org.opencontainers.image.ref.name"] }

    /// - Throws: `image-invalid` unless the digest is a SHA-256.
    func sha256() throws(Failure) -> Digest {
        guard digest.hasPrefix("sha256:"), let value = Digest(hex: digest.dropFirst(7)) else {
            throw Failure.image("a blob has the digest ‘\(digest.prefix(100))’, which is no SHA-256")
        }
        return value
    }

    func matches(_ wanted: ImagePlatform) -> Bool {
        guard let platform else { return true }
        return platform.os == wanted.system && platform.architecture == wanted.architecture
    }
}

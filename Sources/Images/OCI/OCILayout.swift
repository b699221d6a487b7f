import Archives
import Linux
import Model
import SystemPackage

/// Finds an image in files laid out as the OCI image layout specification says.
///
/// Every document is checked against the digest by which it is named; layers are opened, and checked when
/// they are unpacked.
struct OCILayout {
    private let files: any ImageFiles
    private let host: ImagePlatform

    private static let maximumNesting = 4
    private static let indexTypes: Set<String> = [
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
    ]
    private static let configurationTypes: Set<String> = [
        "application/vnd.oci.image.config.v1+json",
        "application/vnd.docker.container.image.v1+json",
    ]

    init(_ files: any ImageFiles, for host: ImagePlatform) {
        self.files = files
        self.host = host
    }

    /// Opens the image called `tag`, or the only one there is.
    ///
    /// - Throws: `image-invalid`, `image-absent`, `too-large`.
    func open(tag: String?) throws(Failure) -> OpenedImage {
        guard let bytes = try files.document(EntryPath(unchecked: Array("index.json".utf8))) else {
            throw Failure.image(
                "\(files.place) has no index.json", fix: "give the directory that holds index.json and blobs")
        }
        let index = try OCIIndex(imageDocument: bytes, "index.json")
        let manifest = try manifest(select(from: index, tag: tag))
        return try OpenedImage(
            try configuration(of: manifest), layers: try openLayers(of: manifest), for: host)
    }

    private func select(from index: OCIIndex, tag: String?) throws(Failure) -> OCIDescriptor {
        if let tag {
            let tagged = index.manifests.filter { $0.tag == tag }
            guard !tagged.isEmpty else {
                throw Failure(
                    .imageAbsent, "\(files.place) has no image called ‘\(tag)’",
                    fix: choices(index, "name one of"))
            }
            return try select(fitting: tagged)
        }
        let tags = Set(index.manifests.compactMap(\.tag))
        guard tags.count <= 1 else {
            throw Failure.image(
                "\(files.place) has \(tags.count) images", fix: choices(index, "choose by oci:PATH:TAG among")
            )
        }
        return try select(fitting: index.manifests)
    }

    private func choices(_ index: OCIIndex, _ verb: String) -> String {
        let tags = index.manifests.compactMap(\.tag)
        if tags.isEmpty { return "leave the tag out: the images there have none" }
        return "\(verb) \(tags.prefix(10).map { "‘\($0)’" }.joined(separator: ", "))"
    }

    private func select(fitting descriptors: [OCIDescriptor]) throws(Failure) -> OCIDescriptor {
        if let fitting = descriptors.first(where: { $0.matches(host) }) { return fitting }
        let others = descriptors.compactMap(\.platform).map { "\($0.os)/\($0.architecture)" }
        throw Failure.image(
            others.isEmpty
                ? "\(files.place) lists no image"
                : "the image is for \(others.prefix(10).joined(separator: ", ")), this machine is \(host)",
            fix: "import an image built for \(host)")
    }

    /// Follows lists of variants down to one image.
    private func manifest(_ start: OCIDescriptor) throws(Failure) -> OCIManifest {
        var descriptor = start
        for _ in 0..<OCILayout.maximumNesting {
            let bytes = try document(descriptor, "manifest")
            let kind = try OCIKind(imageDocument: bytes, "manifest \(descriptor.digest)")
            let mediaType = descriptor.mediaType ?? kind.mediaType ?? ""
            guard OCILayout.indexTypes.contains(mediaType) || kind.manifests != nil else {
                return try OCIManifest(imageDocument: bytes, "manifest \(descriptor.digest)")
            }
            let index = try OCIIndex(imageDocument: bytes, "index \(descriptor.digest)")
            descriptor = try select(fitting: index.manifests)
        }
        throw Failure.image("lists of images point to further lists \(OCILayout.maximumNesting) times over")
    }

    private func configuration(of manifest: OCIManifest) throws(Failure) -> OCIConfiguration {
        let type = manifest.config.mediaType ?? ""
        guard OCILayout.configurationTypes.contains(type) else {
            throw Failure.image(
                "this is no container image but of the type ‘\(type.prefix(100))’",
                fix: "choose a container image")
        }
        return try OCIConfiguration(
            imageDocument: try document(manifest.config, "configuration"),
            "configuration \(manifest.config.digest)")
    }

    private func openLayers(of manifest: OCIManifest) throws(Failure) -> [LayerFile] {
        var layers: [LayerFile] = []
        for layer in manifest.layers.prefix(OpenedImage.maximumLayers + 1) {
            if layer.mediaType?.hasSuffix("+encrypted") == true {
                throw Failure.image(
                    "layer \(layer.digest) is encrypted",
                    fix: "decrypt the image with skopeo and its key first")
            }
            let digest = try layer.sha256()
            layers.append(LayerFile(try open(layer, "layer"), size: layer.size, digest: digest))
        }
        return layers
    }

    /// Opens a blob and checks its length.
    private func open(_ descriptor: OCIDescriptor, _ role: String) throws(Failure) -> Descriptor {
        let digest = try descriptor.sha256()
        guard let file = try files.open(EntryPath(unchecked: Array("blobs/sha256/\(digest.hex)".utf8))) else {
            throw Failure.image("\(files.place) lacks the \(role) \(descriptor.digest)")
        }
        let size = try calling { () throws(Errno) in
            try file.status().size
        } or: { error in
            Failure.image("the \(role) \(descriptor.digest) can't be read: \(error)")
        }
        guard size == descriptor.size else {
            throw Failure.image(
                "the \(role) \(descriptor.digest) has \(size) bytes where \(descriptor.size) are announced")
        }
        return file
    }

    private func document(_ descriptor: OCIDescriptor, _ role: String) throws(Failure) -> [UInt8] {
        let file = try open(descriptor, role)
        let bytes = try calling { () throws(Errno) in
            try file.readAll(limit: DirectoryFiles.documentLimit)
        } or: { error in
            error == .fileTooLarge
                ? Failure(
                    .tooLarge, "the \(role) \(descriptor.digest) has \(ByteSize(bytes: descriptor.size))",
                    fix: "check that this is an image")
                : Failure.image("the \(role) \(descriptor.digest) can't be read: \(error)")
        }
        guard Digest(of: bytes) == (try descriptor.sha256()) else {
            throw Failure.image("the \(role) \(descriptor.digest) has another digest than its name says")
        }
        return bytes
    }
}

/// As much of a document as tells a list from an image.
private struct OCIKind: Decodable {
    struct Anything: Decodable {
        init(from decoder: any Decoder) {}
    }

    var mediaType: String?
    var manifests: [Anything]?
}

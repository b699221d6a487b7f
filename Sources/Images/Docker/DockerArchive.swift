import Archives
import Linux
import Model
import SystemPackage

/// Finds the image in what `docker save` and `skopeo copy … docker-archive:` write.
struct DockerArchive {
    private let files: any ImageFiles
    private let host: ImagePlatform

    init(_ files: any ImageFiles, for host: ImagePlatform) {
        self.files = files
        self.host = host
    }

    /// Opens the only image there is. An archive that is an OCI layout alone is read as that.
    ///
    /// - Throws: `image-invalid`, `too-large`.
    func open() throws(Failure) -> OpenedImage {
        guard let bytes = try files.document(EntryPath(unchecked: Array("manifest.json".utf8))) else {
            if try files.open(EntryPath(unchecked: Array("index.json".utf8))) != nil {
                return try OCILayout(files, for: host).open(tag: nil)
            }
            throw Failure.image(
                "\(files.place) has no manifest.json",
                fix: "make it with ‘docker save’; a root file system goes in by -")
        }
        let manifests = try [DockerManifest](imageDocument: bytes, "manifest.json")
        guard let manifest = manifests.first, manifests.count == 1 else {
            let tags = manifests.compactMap { $0.tags?.first }.prefix(10).joined(separator: ", ")
            throw Failure.image(
                "\(files.place) has \(manifests.count) images\(tags.isEmpty ? "" : ": \(tags)")",
                fix: "save one image per archive")
        }
        let configuration = try configuration(manifest.config)
        var layers: [LayerFile] = []
        for layer in manifest.layers.prefix(OpenedImage.maximumLayers + 1) {
            let file = try open(layer)
            let size = try size(of: file, layer)
            layers.append(LayerFile(file, size: size, digest: nil))
        }
        return try OpenedImage(configuration, layers: layers, for: host)
    }

    private func configuration(_ name: String) throws(Failure) -> OCIConfiguration {
        guard let bytes = try files.document(try path(name)) else { throw missing(name) }
        // The file is called after its digest, with or without an ending, in a folder or not.
        let stem = name.split(separator: "/").last?.split(separator: ".").first ?? ""
        if let digest = Digest(hex: stem), digest != Digest(of: bytes) {
            throw Failure.image(
                "the configuration ‘\(name.prefix(200))’ has another digest than its name says")
        }
        return try OCIConfiguration(imageDocument: bytes, "configuration ‘\(name.prefix(200))’")
    }

    private func open(_ name: String) throws(Failure) -> Descriptor {
        guard let file = try files.open(try path(name)) else { throw missing(name) }
        return file
    }

    private func path(_ name: String) throws(Failure) -> EntryPath {
        guard let path = EntryPath(name), !path.isRoot else {
            throw Failure.image("manifest.json names a file that can't be one: ‘\(name.prefix(200))’")
        }
        return path
    }

    private func size(of file: borrowing Descriptor, _ name: String) throws(Failure) -> Int64 {
        try calling { () throws(Errno) in
            try file.status().size
        } or: { error in
            Failure.image("‘\(name.prefix(200))’ can't be read: \(error)")
        }
    }

    private func missing(_ name: String) -> Failure {
        Failure.image("\(files.place) lacks ‘\(name.prefix(200))’, which its manifest.json names")
    }
}

package import Archives
package import Layers
package import Linux
package import Model

/// Makes images of what directories, archives and registries hold.
///
/// Every layer is unpacked once into a layer of the store, and found again by the digest of its archive when
/// another image has it too. What is read is checked against the digests that name it before a layer is
/// committed. After a failure, layers already made are taken out again: nothing is left but what `existing`
/// knew.
///
/// ```swift
/// let importer = ImageImporter(store: layers, spoolPath: spool, existing: …, allocate: …)
/// let imported = try await importer.importOCILayout(directory, tag: "24.04", as: peer)
/// ```
/// - Important: A layer whose outcome depends on the layers below it (it changes what lies in directories
///   that it does not describe, or hides a name) is known by a digest of itself and those below, in
///   `ImageLayer.diffID`; the same archive on others is another layer. What is built on one base shares it all the same.
package struct ImageImporter: Sendable {
    let store: LayerStore
    let spoolPath: String
    let host: ImagePlatform
    let limits: ArchiveLimits
    let existing: @Sendable (Digest) async throws -> ImageLayer?
    let allocate: @Sendable () async throws -> LayerID
    let progress: @Sendable (ImageProgress) -> Void

    /// - Parameters:
    ///   - spoolPath: a folder on the store's file system for what has to be put down meanwhile.
    ///   - existing: the layer of the store that has a digest. It must stay until the import is recorded.
    ///   - allocate: a layer number that was never used.
    package init(
        store: LayerStore, spoolPath: String, limits: ArchiveLimits = ArchiveLimits(),
        host: ImagePlatform = .host,
        existing: @escaping @Sendable (Digest) async throws -> ImageLayer?,
        allocate: @escaping @Sendable () async throws -> LayerID,
        progress: @escaping @Sendable (ImageProgress) -> Void = { _ in }
    ) {
        self.store = store
        self.spoolPath = spoolPath
        self.limits = limits
        self.host = host
        self.existing = existing
        self.allocate = allocate
        self.progress = progress
    }

    /// Imports an image out of an OCI image layout.
    ///
    /// - Parameters:
    ///   - tag: which of the images there; nil for the only one.
    ///   - identity: whose rights the files are opened with; nil for the daemon's.
    /// - Throws: `image-invalid`, `image-absent`, `too-large`, `too-many`, `storage-full`, `storage-failed`.
    package func importOCILayout(
        _ directory: SharedDirectory, tag: String?, as identity: PeerIdentity? = nil
    ) async throws -> ImportedImage {
        let host = host
        let image = try await run(as: identity) {
            try OCILayout(DirectoryFiles(directory, place: "the layout"), for: host).open(tag: tag)
        }
        return try await importLayers(of: image)
    }

    /// Imports the image `docker save` wrote, compressed or not.
    ///
    /// - Parameters:
    ///   - archive: nil for what is no regular file: others may never end, and to open them may change them.
    ///   - name: of the file, for messages.
    /// - Throws: `bad-path` for what is no regular file, `archive-invalid`, and as `importOCILayout`.
    package func importDockerArchive(
        _ archive: consuming Descriptor?, named name: String = "the archive"
    ) async throws -> ImportedImage {
        guard let archive else {
            throw Failure(
                .badPath, "\(name) is no regular file",
                fix: "name the file that ‘docker save -o FILE’ wrote; a pipe goes into a file first")
        }
        let handover = Parcel(archive)
        let (spoolPath, limits, host) = (spoolPath, limits, host)
        let folder = try SpoolFolder(below: spoolPath, for: "image")
        defer { folder.remove() }
        let image = try await cancellable(of: .archives) { cancellation in
            let source = DescriptorSource(
                try handover.take(), name: "the archive", cancellation: cancellation)
            let reader = try ArchiveReader(compressed: source, limit: limits.streamBytes)
            let files = try SpooledArchive(
                reader, into: folder.directory, place: "the archive", limits: limits)
            return try DockerArchive(files, for: host).open()
        }
        return try await importLayers(of: image)
    }

    /// Imports a tar stream of a root file system, compressed or not.
    ///
    /// Two streams with the same tree are the same image.
    /// - Throws: `archive-invalid`, `too-large`, `storage-full`, `storage-failed`.
    package func importTar(_ stream: consuming Descriptor) async throws -> ImportedImage {
        let handover = Parcel(stream)
        let counter = ProgressCounter(.unpacking, total: nil, report: progress)
        return try await importRoot { cancellation in
            let source = DescriptorSource(try handover.take(), name: "the stream", cancellation: cancellation)
            return DigestingSource(source, report: counter.add)
        }
    }

    /// Runs blocking work with somebody's rights, on a thread of its own.
    func run<T: Sendable>(
        as identity: PeerIdentity?, _ body: @escaping @Sendable () throws -> T
    ) async throws -> T {
        if let identity { return try await asPeer(identity, body) }
        return try await onBlockingThread(body)
    }
}

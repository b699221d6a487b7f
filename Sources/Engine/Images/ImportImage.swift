import Archives
import Catalog
package import Images
import Layers
package import Linux
import Logging
package import Model
import Synchronization

extension Engine {
    /// Makes an image of what a source holds, and puts it under a name.
    ///
    /// - Parameters:
    ///   - source: as `ImageSource` reads it; paths are opened in the caller's view and with his rights.
    ///   - peer: that view, or why it can't be had; of no account for a source without a path.
    /// - Throws: `bad-request`, `bad-path`, `image-invalid`, `image-pull-failed`, `archive-invalid`,
    ///   `too-large`, `storage-full`.
    package func importImage(
        _ name: ResourceName, from source: String, by peer: Result<PeerRoot, Failure>,
        into places: ImagePlaces,
        progress: @escaping @Sendable (ImageProgress) -> Void
    ) async throws(Failure) -> ImageDetails {
        let source = try ImageSource(source)
        return try await importing(name, in: places, progress) { importer in
            switch source {
            case .directory(let path):
                let peer = try peer.get()
                let directory = SharedDirectory(
                    try await peer.open(path: path) { try await peer.openDirectory($0) })
                return try await importer.importDirectory(directory, as: peer.identity)
            case .ociLayout(let path, let tag):
                let peer = try peer.get()
                let directory = SharedDirectory(
                    try await peer.open(path: path) { try await peer.openDirectory($0) })
                return try await importer.importOCILayout(directory, tag: tag, as: peer.identity)
            case .dockerArchive(let path):
                let peer = try peer.get()
                let archive = try await peer.open(path: path) { try await peer.openRegularFile($0) }
                return try await importer.importDockerArchive(archive, named: path)
            case .registry(let reference):
                return try await importer.pull(reference)
            case .stream:
                throw Failure(
                    .badRequest, "a request in JSON carries no tar stream",
                    fix: "send the stream as the body, as application/x-tar, with ?name=\(name)")
            }
        }
    }

    /// Makes an image of a tar stream, compressed or not, and puts it under a name.
    package func importImage(
        _ name: ResourceName, tar: consuming Descriptor, into places: ImagePlaces
    ) async throws(Failure) -> ImageDetails {
        let stream = Parcel(tar)
        return try await importing(name, in: places, { _ in }) { importer in
            let descriptor = try stream.take()
            return try await importer.importTar(descriptor)
        }
    }

    /// Fetches the image a step names, and puts it under that name.
    func pull(
        _ name: ResourceName, into scope: Scope, progress: @escaping @Sendable (ImageProgress) -> Void
    ) async throws(Failure) -> Image {
        let reference: RegistryReference
        do throws(Failure) {
            reference = try RegistryReference(name.text)
        } catch {
            throw Failure(
                .imageAbsent, "image \(name) is not in the store, and its name is none of a registry's",
                fix: "import it: varve image import \(name) SOURCE")
        }
        return try await importing(name, in: .named(scope), progress) { importer in
            try await importer.pull(reference)
        }.image
    }

    /// Lets `body` import an image, and puts what came of it under the name.
    private func importing(
        _ name: ResourceName, in places: ImagePlaces, _ progress: @escaping @Sendable (ImageProgress) -> Void,
        _ body: @Sendable (ImageImporter) async throws -> ImportedImage
    ) async throws(Failure) -> ImageDetails {
        try await admitRequest("the import of image \(name)")
        let reserved = try await bytesToLeave()
        let kept = HeldLayers(in: holds)
        do {
            return try await recording { batch in
                let importer = ImageImporter(
                    store: layers, spoolPath: store.spoolPath,
                    limits: ArchiveLimits(reservedBytes: reserved, room: disk.incoming),
                    existing: { [catalog] diffID in
                        guard
                            let layer = try await catalog.imageLayers(
                                diffIDs: [diffID], seenFrom: places.written)[diffID]
                        else { return nil }
                        kept.add(layer.layer)
                        // One that went before it was held is fetched anew.
                        return try await catalog.hasLayers([layer.layer]) ? layer : nil
                    },
                    allocate: { try await batch.next() }, progress: progress)
                let imported = try await body(importer)
                try await admitRecord(
                    of: "image \(name)", imported.created.reduce(0) { $0 + $1.size.bytes })
                return try await record(imported, as: name, in: places)
            }
        } catch {
            throw Failure.wrapping(error, to: "import image \(name)")
        }
    }

    private func record(
        _ imported: ImportedImage, as name: ResourceName, in places: ImagePlaces
    ) async throws(Failure) -> ImageDetails {
        let entry = ImageName(
            name: name, scope: places.written, digest: imported.image.digest, created: now())
        let new = imported.created.map { NewLayer($0.layer, .image, $0.size) }
        try await catalog.addImage(
            imported.image, name: entry, new: new, uncoveringIn: places.hiding)
        durability.add(new.map(\.id))
        for words in imported.leftOut {
            logger.warning("left out of an image", metadata: ["image": "\(name)", "what": "\(words)"])
        }
        // Another scope may have had an equal image, whose layers stay; these are then nobody's.
        let image = try await catalog.settledImage(entry.digest) ?? imported.image
        if image != imported.image { upkeep.request() }
        return ImageDetails(name: entry, image: image)
    }
}

/// Layers found for an import, kept on disk until it is recorded.
private final class HeldLayers: Sendable {
    private let holds: LayerHolds
    private let held = Mutex<[LayerHolds.Hold]>([])

    init(in holds: LayerHolds) { self.holds = holds }

    func add(_ layer: LayerID) {
        let hold = holds.hold([layer])
        held.withLock { $0.append(hold) }
    }
}

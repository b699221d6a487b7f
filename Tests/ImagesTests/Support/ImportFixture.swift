import Archives
import Images
import Layers
import Linux
import Model
import Synchronization
import SystemPackage
import TestSupport

/// A store, an importer into it, and a catalog that remembers what was imported.
final class ImportFixture: Sendable {
    /// What a catalog would know.
    struct Records {
        var layers: [Digest: ImageLayer] = [:]
        var lastNumber: Int64 = 0
        var progress: [ImageProgress] = []
    }

    let path: String
    let store: LayerStore
    let records = Mutex(Records())

    convenience init(below scratch: Scratch) throws {
        _ = try scratch.newDirectory("store")
        try self.init(inDirectory: scratch.path + "/store")
    }

    init(inDirectory path: String) throws {
        self.path = path
        let directory = try Directory(opening: path)
        try directory.createDirectory("spool")
        let support = try OverlaySupport.probe(in: directory.openDirectory("spool"))
        store = try LayerStore(in: directory, mounter: OverlayMounter(support))
    }

    var importer: ImageImporter { makeImporter(within: ArchiveLimits()) }

    func makeImporter(within limits: ArchiveLimits) -> ImageImporter {
        ImageImporter(
            store: store, spoolPath: path + "/spool", limits: limits,
            existing: { [self] digest in records.withLock { $0.layers[digest] } },
            allocate: { [self] in
                records.withLock { records in
                    records.lastNumber += 1
                    return LayerID(records.lastNumber)
                }
            },
            progress: { [self] progress in records.withLock { $0.progress.append(progress) } })
    }

    var progress: [ImageProgress] { records.withLock { $0.progress } }

    /// What the catalog does with an image.
    func record(_ imported: ImportedImage) {
        records.withLock { records in
            for layer in imported.image.layers { records.layers[layer.diffID] = layer }
        }
    }

    /// What the layers of an image show, stacked.
    func listing(_ image: Image) throws -> TreeListing {
        let references = image.layers.reversed().map { LayerReference($0.layer) }
        return try TreeListing(of: LayerView(of: references, in: store).root.directory)
    }

    /// Names in the folders of the store where work is under way.
    func leftovers() throws -> [String] {
        var names: [String] = []
        for folder in ["active", "spool"] {
            for name in try Directory(opening: "\(path)/\(folder)").entryNames() {
                names.append("\(folder)/\(String(decoding: name, as: UTF8.self))")
            }
        }
        return names
    }

    func layerCount() throws -> Int { try Directory(opening: path + "/layers").entryNames().count }
}

import Archives
import Layers
import Linux
package import Model
import SystemPackage

extension ImageImporter {
    /// Fetches an image from its registry and imports it. Cancelled with its task, at any point.
    ///
    /// - Throws: `image-pull-failed` with the remedy, and as `importOCILayout`.
    package func pull(
        _ reference: RegistryReference, _ options: RegistryOptions = RegistryOptions()
    ) async throws -> ImportedImage {
        let folder = try SpoolFolder(below: spoolPath, for: "image")
        defer { folder.remove() }
        let counter = ProgressCounter(.fetching, total: nil, report: progress)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await Skopeo(options: options, platform: host).copy(reference, to: folder)
                return true
            }
            group.addTask {
                // skopeo tells a terminal how far it is, and nobody else: its files do.
                var known: Int64 = 0
                while true {
                    try await Task.sleep(for: .milliseconds(250))
                    let fetched = FetchedBytes.count(in: folder.directory)
                    counter.set(fetched)
                    try checkSpace(in: folder.directory, reference, for: max(0, fetched - known))
                    known = max(known, fetched)
                }
            }
            defer { group.cancelAll() }
            _ = try await group.next()
        }
        counter.set(FetchedBytes.count(in: folder.directory))
        counter.finish()
        let layout: SharedDirectory
        do throws(Errno) {
            layout = SharedDirectory(try folder.directory.directory.openDirectory("layout"))
        } catch {
            throw Failure(
                .imagePullFailed, "skopeo left no image of \(reference): \(error)",
                fix: "check skopeo's version")
        }
        return try await importOCILayout(layout, tag: Skopeo.tag)
    }

    /// - Parameter bytes: that have come since the last time.
    /// - Throws: `storage-full` before the last of the space is used.
    private func checkSpace(
        in folder: SharedDirectory, _ reference: RegistryReference, for bytes: Int64
    ) throws {
        do throws(Errno) {
            try limits.room?.take(bytes)
            guard limits.reservedBytes > 0 else { return }
            guard try folder.directory.fileSystemStatus().freeBytes > limits.reservedBytes else {
                throw .noSpace
            }
        } catch {
            throw Failure.storage(error, "fetch \(reference)")
        }
    }
}

/// How much of an image has arrived.
private enum FetchedBytes {
    /// Bytes of the files in a layout under way: whole blobs, and those being written beside them.
    static func count(in folder: SharedDirectory) -> Int64 {
        ["layout", "layout/blobs/sha256"].reduce(0) { $0 + (try? size(of: folder, $1)).unwrapped }
    }

    private static func size(of folder: SharedDirectory, _ path: String) throws(Errno) -> Int64 {
        let directory = try folder.directory.openDirectory(beneath: path)
        var sum: Int64 = 0
        for name in try directory.entryNames() {
            if let status = try directory.statusIfPresent(name), status.kind == .file { sum += status.size }
        }
        return sum
    }
}

extension Optional where Wrapped == Int64 {
    /// A folder that is not there yet has nothing in it.
    fileprivate var unwrapped: Int64 { self ?? 0 }
}

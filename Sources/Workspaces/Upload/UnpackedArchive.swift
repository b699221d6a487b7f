package import Archives
import Glibc
import Layers
package import Linux

/// A workspace that came as an archive, unpacked in a folder of the store that nobody else reaches, for as long as it
/// takes to make a revision of it.
///
/// From there on it is a directory as any other: one way makes revisions. What an archive could do to the daemon, and
/// a user's directory could not, ends here: entries belong to root and have no attributes, devices are FIFOs (which the
/// ingest leaves out, and says so), and names with `..`, ways through links, and amounts beyond the limits are refused.
package struct UnpackedArchive: Sendable {
    private let folder: SpoolFolder

    /// Unpacks `archive`, lends the tree to `body`, and takes it away before it returns, whatever happened.
    ///
    /// - Parameters:
    ///   - archive: read from its present position; it must have a beginning to go back to.
    ///   - spoolPath: a folder on the store's file system.
    /// - Throws: `archive-invalid`, `too-large`, `storage-full`, `storage-failed`, and what `body` throws.
    package static func lend<Result: Sendable>(
        _ archive: consuming Descriptor, packing: ArchivePacking, below spoolPath: String,
        limits: ArchiveLimits = .source, to body: (UnpackedArchive) async throws -> Result
    ) async throws -> Result {
        let folder = try await onBlockingThread { try SpoolFolder(below: spoolPath, for: "upload") }
        let handover = Parcel(archive)
        do {
            try await cancellable(of: .archives) { cancellation in
                try unpack(handover.take(), packing, into: folder.directory, limits, cancellation)
            }
            let result = try await body(UnpackedArchive(folder: folder))
            await remove(folder)
            return result
        } catch {
            await remove(folder)
            throw error
        }
    }

    /// The tree, as who scans it wants it.
    var directory: CallerDirectory {
        CallerDirectory(
            root: folder.directory, identity: .daemon)
    }

    private static func unpack(
        _ file: consuming Descriptor, _ packing: ArchivePacking, into directory: SharedDirectory,
        _ limits: ArchiveLimits, _ cancellation: Cancellation
    ) throws {
        var reader = try packing.open(file, limit: limits.streamBytes, cancellation: cancellation)
        var extractor = try ArchiveExtractor(
            into: directory.directory.reopened(), policy: .source, limits: limits)
        try extractor.extract(&reader)
        // One that was cut off between two entries would be a revision without files that exist.
        try reader.finish(requiringEndMark: true)
        _ = try extractor.finish()
    }

    private static func remove(_ folder: SpoolFolder) async {
        // What resists goes when the store is opened the next time.
        try? await onBlockingThread { folder.remove() }
    }
}

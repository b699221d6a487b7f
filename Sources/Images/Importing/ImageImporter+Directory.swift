import Archives
package import Linux
import Model

extension ImageImporter {
    /// Imports a directory as an image of one layer, with hard links, holes, attributes, owners and times.
    ///
    /// The directory is read with the rights of `identity`, and written with the daemon's: one thread
    /// archives it, another unpacks that. What is mounted inside stays out.
    /// Importing an equal tree again gives the same image and makes no layer.
    /// - Throws: `bad-path` for what may not be read, `workspace-changing`, `too-large`, `storage-full`,
    ///   `storage-failed`.
    package func importDirectory(
        _ directory: SharedDirectory, as identity: PeerIdentity? = nil
    ) async throws -> ImportedImage {
        let (reading, sink) = try ByteChannel.open { reading, sink in (Parcel(reading), sink) }
        let (limits, cancellation) = (limits, Cancellation())
        async let archived = outcome {
            defer { sink.finish() }
            try await withTaskCancellationHandler {
                try await run(as: identity) {
                    try ImageImporter.archive(directory, to: sink, within: limits, cancellation)
                }
            } onCancel: {
                cancellation.cancel()
            }
        }
        let counter = ProgressCounter(.unpacking, total: nil, report: progress)
        let imported = await outcome {
            try await importRoot { cancellation in
                let source = DescriptorSource(
                    try reading.take(), name: "the directory", cancellation: cancellation)
                return DigestingSource(source, report: counter.add)
            }
        }
        // Who archives may have nothing to write for long, and so not find out that nobody reads.
        if case .failure = imported { cancellation.cancel() }
        // What stopped the reader is the reason; that the stream then ended too early is not.
        switch await archived {
        case .failure(let failure as Failure) where failure.code == .cancelled && !Task.isCancelled: break
        case .failure(let error):
            if case .success(let imported) = imported { await remove(imported.created) }
            throw error
        case .success: break
        }
        return try imported.get()
    }

    private static func archive(
        _ directory: SharedDirectory, to sink: ByteChannel.Sink, within limits: ArchiveLimits,
        _ cancellation: Cancellation
    ) throws(Failure) {
        let writer = try ArchiveWriter(to: sink, limits: limits, cancellation: cancellation)
        var archiver = TreeArchiver(writer, staysOnMount: true)
        try archiver.add(directory.directory)
        try archiver.finish()
    }

    private func outcome<T: Sendable>(
        _ body: @Sendable () async throws -> T
    ) async -> Result<T, any Error> {
        do { return .success(try await body()) } catch { return .failure(error) }
    }
}

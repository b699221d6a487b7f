import Archives
import Layers
import Linux
import Model
import SystemPackage

/// Makes layers of the store out of archives. Blocks: for a thread that may.
struct LayerUnpacker {
    let store: LayerStore
    let limits: ArchiveLimits
    let cancellation: Cancellation
    /// Told of bytes read from an image's files.
    let report: @Sendable (Int) -> Void

    /// What came of one layer.
    struct Outcome: Sendable {
        var layer: LayerID
        var size: LayerSize
        /// On other layers below, the same archive would have made something else.
        var dependsOnView: Bool
        var leftOut: [String]
    }

    /// Unpacks one layer of an image and commits it.
    ///
    /// - Throws: `image-invalid` when the archive is damaged, hostile, or not what the image says.
    func unpack(_ blob: LayerBlob, as id: LayerID, over view: StackedView) throws(Failure) -> Outcome {
        do throws(Failure) {
            let file = try reopen(blob)
            let source = DescriptorSource(file, name: "the file", cancellation: cancellation)
            let packed = DigestingSource(source, report: report)
            // What a layer of a layout is packed with is laid down; an archive of docker's may be in any way.
            let filters: ArchiveFilters = blob.file.digest == nil ? .all : .layers
            let plain = DigestingSource(try Decompressor(packed, filters: filters))
            let builder = try LayerBuilder(id, in: store)
            let summary = try unpack(plain, into: builder, .imageLayer, over: view, needsEndMark: false)
            if let announced = blob.file.digest, announced != packed.digest {
                throw Failure.image("the file's digest is \(packed.digest), the image says \(announced)")
            }
            guard plain.digest == blob.diffID else {
                throw Failure.image("the archive's digest is \(plain.digest), the image says \(blob.diffID)")
            }
            return try commit(builder, summary)
        } catch {
            throw error.inImage(blob.name)
        }
    }

    /// Unpacks a whole root file system as one layer and commits it; with the digest of what is in it.
    func unpackRoot(_ source: any ByteSource, as id: LayerID) throws(Failure) -> (Outcome, Digest) {
        let plain = try Decompressor(source)
        let builder = try LayerBuilder(id, in: store)
        let summary = try unpack(plain, into: builder, .rootFileSystem, over: nil, needsEndMark: true)
        let digest = try TreeDigest.digest(of: builder.root.directory, cancellation)
        return (try commit(builder, summary), digest)
    }

    private func reopen(_ blob: LayerBlob) throws(Failure) -> Descriptor {
        try calling { () throws(Errno) in
            let file = try blob.file.descriptor.duplicate()
            try file.seek(to: 0)
            return file
        } or: { error in
            Failure.image("it can't be read: \(error)")
        }
    }

    private func unpack(
        _ plain: any ByteSource, into builder: borrowing LayerBuilder, _ policy: ExtractionPolicy,
        over view: StackedView?, needsEndMark: Bool
    ) throws(Failure) -> ExtractionSummary {
        var reader = try ArchiveReader(plain: plain, limit: limits.streamBytes)
        let directory = try calling { () throws(Errno) in
            try builder.root.directory.reopened()
        } or: { error in
            Failure.storage(error, "open the new layer")
        }
        var extractor = try ArchiveExtractor(into: directory, policy: policy, limits: limits)
        try extractor.extract(&reader)
        try reader.finish(requiringEndMark: needsEndMark)
        return try extractor.finish(over: view)
    }

    private func commit(
        _ builder: consuming LayerBuilder, _ summary: ExtractionSummary
    ) throws(Failure) -> Outcome {
        try cancellation.check()
        let layer = try builder.commit()
        return Outcome(
            layer: layer, size: try store.size(of: layer), dependsOnView: summary.dependsOnView,
            leftOut: summary.leftOut)
    }
}

import Archives
import Layers
import Linux
import Model

extension ImageImporter {
    /// Brings all layers of an image into the store.
    func importLayers(of opened: OpenedImage) async throws -> ImportedImage {
        let counter = ProgressCounter(.unpacking, total: try totalBytes(of: opened.layers), report: progress)
        var stack = LayerStack()
        do {
            for blob in opened.layers { try await add(blob, to: &stack, counter) }
        } catch {
            await remove(stack.created)
            throw error
        }
        counter.finish()
        let digest = opened.configuration.imageDigest(layers: opened.layers.map(\.diffID))
        return ImportedImage(
            image: Image(digest: digest, configuration: opened.configuration, layers: stack.layers),
            created: stack.created, leftOut: stack.leftOut)
    }

    /// Of the files the layers are in.
    ///
    /// - Throws: `too-large` for one that is longer than any of an archive may be: a hole may be as long as a file
    ///   system counts.
    private func totalBytes(of layers: [LayerBlob]) throws(Failure) -> Int64 {
        var total: Int64 = 0
        for layer in layers {
            let (sum, overflow) = total.addingReportingOverflow(layer.file.size)
            guard layer.file.size <= limits.entryBytes, !overflow else {
                throw Failure(
                    .tooLarge,
                    "\(layer.name) is a file of \(ByteSize(bytes: layer.file.size)), more than "
                        + "\(ByteSize(bytes: limits.entryBytes))",
                    fix: "check that this is an image")
            }
            total = sum
        }
        return total
    }

    /// The layers of an image that are there already, the lowest first.
    private struct LayerStack {
        var layers: [ImageLayer] = []
        var diffIDs: [Digest] = []
        var created: [ImportedImage.NewLayer] = []
        var leftOut: [String] = []

        /// What a layer is known by here when its outcome depends on those below.
        func chained(_ diffID: Digest) -> Digest {
            var hasher = FieldHasher(domain: "varve image layer 1")
            hasher.add("below", diffIDs.map(\.hex))
            hasher.add("layer", diffID)
            return hasher.finalize()
        }
    }

    private func add(
        _ blob: LayerBlob, to stack: inout LayerStack, _ counter: ProgressCounter
    ) async throws {
        try Task.checkCancellation()
        let chained = stack.chained(blob.diffID)
        let (store, limits, below) = (store, limits, stack.layers.map(\.layer))
        // A layer that says nothing of the topmost directory takes over the one below, and an overlay can't
        // hold a layer twice.
        let isFree =
            try await onBlockingThread { try StackedView(below, in: store).hasPlainRoot() }
            && !stack.diffIDs.contains(blob.diffID)
        for key in isFree ? [blob.diffID, chained] : [chained] {
            guard let layer = try await existing(key), !below.contains(layer.layer) else { continue }
            stack.layers.append(ImageLayer(diffID: key, layer: layer.layer, bytes: layer.bytes))
            stack.diffIDs.append(blob.diffID)
            counter.add(Int(clamping: blob.file.size))
            return
        }
        let id = try await allocate()
        let outcome = try await cancellable(of: .archives) { cancellation in
            let unpacker = LayerUnpacker(
                store: store, limits: limits, cancellation: cancellation, report: counter.add)
            return try unpacker.unpack(blob, as: id, over: StackedView(below, in: store))
        }
        stack.created.append(ImportedImage.NewLayer(layer: outcome.layer, size: outcome.size))
        stack.leftOut += outcome.leftOut
        let key = isFree && !outcome.dependsOnView ? blob.diffID : chained
        stack.layers.append(ImageLayer(diffID: key, layer: outcome.layer, bytes: outcome.size.bytes))
        stack.diffIDs.append(blob.diffID)
    }

    /// Imports one archive as a whole root file system.
    func importRoot(
        _ open: @escaping @Sendable (Cancellation) throws -> any ByteSource
    ) async throws -> ImportedImage {
        let id = try await allocate()
        let (store, limits) = (store, limits)
        let (outcome, digest) = try await cancellable(of: .archives) { cancellation in
            let unpacker = LayerUnpacker(
                store: store, limits: limits, cancellation: cancellation, report: { _ in })
            return try unpacker.unpackRoot(try open(cancellation), as: id)
        }
        let new = ImportedImage.NewLayer(layer: outcome.layer, size: outcome.size)
        let known: ImageLayer?
        do {
            known = try await existing(digest)
        } catch {
            await remove([new])
            throw error
        }
        if known != nil { await remove([new]) }
        let configuration = ImageConfiguration(platform: host.description)
        let layer = known ?? ImageLayer(diffID: digest, layer: outcome.layer, bytes: outcome.size.bytes)
        return ImportedImage(
            image: Image(
                digest: configuration.imageDigest(layers: [digest]), configuration: configuration,
                layers: [layer]),
            created: known == nil ? [new] : [], leftOut: outcome.leftOut)
    }

    /// Takes layers without a record out of the store again.
    func remove(_ created: [ImportedImage.NewLayer]) async {
        let store = store
        // What resists is a layer without a record, which the sweep at the next start removes.
        try? await onBlockingThread {
            for new in created { try store.remove(new.layer) }
        }
    }
}

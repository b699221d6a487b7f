import Catalog
import Images
import Linux
import Logging
import Model

extension Engine {
    /// The image a step names, pulled if it is not in the store or the run asks for it.
    ///
    /// A name stands for one image throughout a run, which stays in the store until the run is over.
    func image(for name: ResourceName, in run: LiveRun) async throws(Failure) -> Image {
        if let image = run[image: name] { return image }
        return try await run.resolutions.run(name) { [self] () async throws(Failure) in
            if let image = run[image: name] { return image }
            let (image, hold) = try await heldImage(
                for: name, in: run.frozen.scope, pullsAlways: run.frozen.options.pull
            ) { [self] progress in
                tell(run, [.imagePull(image: name.text, bytes: progress.bytes, total: progress.total)])
            }
            run.keep(image, as: name, hold)
            await note(image, as: name, in: run)
            return image
        }
    }

    /// The image of that name, as `image(for:in:pullsAlways:progress:)` finds it; it stays in the store as long as the hold
    /// lives.
    func heldImage(
        for name: ResourceName, in scope: Scope, pullsAlways: Bool = false,
        progress: @escaping @Sendable (ImageProgress) -> Void
    ) async throws(Failure) -> (Image, ImageHolds.Hold) {
        while true {
            let digest = try await image(
                for: name, in: scope, pullsAlways: pullsAlways, progress: progress
            ).digest
            let hold = imageHolds.hold([digest])
            // The name may have been taken from it, and the image dropped, before it was held.
            if let image = try await catalog.settledImage(digest) { return (image, hold) }
        }
    }

    /// Puts on record what the name stands for, should the daemon be restarted.
    private func note(_ image: Image, as name: ResourceName, in run: LiveRun) async {
        do {
            let images = run.imageDigests
            try await onBlockingThread { try run.requestFolder.keep(images) }
        } catch {
            logger.warning(
                "a restart of the daemon would look an image up again",
                metadata: ["run": "\(run.id)", "image": "\(name)", "error": "\(error)"])
        }
    }

    /// The image of that name as `scope` sees it, pulled if it is not in the store.
    func image(
        for name: ResourceName, in scope: Scope, pullsAlways: Bool = false,
        progress: @escaping @Sendable (ImageProgress) -> Void
    ) async throws(Failure) -> Image {
        if !pullsAlways, let image = try await catalog.image(named: name, in: scope) { return image }
        return try await pulls.run("\(scope)/\(name)") { [self] () async throws(Failure) in
            try await pull(name, into: scope, progress: progress)
        }
    }

    /// The image a snapshot's lineage stands on.
    func image(below snapshot: Snapshot) async throws(Failure) -> Image {
        guard let image = try await catalog.image(snapshot.image) else {
            throw Failure(
                .snapshotDamaged, "the image of snapshot \(snapshot.id) is not in the store",
                fix: "run its pipeline again")
        }
        return image
    }
}

import Catalog
import Images
import Model

extension Engine {
    /// The image a step names, pulled if it is not in the store or the run asks for it.
    ///
    /// A name stands for one image throughout a run, which stays in the store until the run is over.
    func image(for name: ResourceName, in run: LiveRun) async throws(Failure) -> Image {
        if let image = run[image: name] { return image }
        return try await run.resolutions.run(name) { [self] () async throws(Failure) in
            while true {
                if let image = run[image: name] { return image }
                let digest = try await image(
                    for: name, in: run.frozen.scope, pullsAlways: run.frozen.options.pull
                ) { [self] progress in
                    tell(run, [.imagePull(image: name.text, bytes: progress.bytes, total: progress.total)])
                }.digest
                let hold = imageHolds.hold([digest])
                // The name may have been taken from it, and the image dropped, before it was held.
                if let image = try await catalog.settledImage(digest) {
                    run.keep(image, as: name, hold)
                }
            }
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
}

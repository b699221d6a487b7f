import Catalog
import Images
import Model

extension Engine {
    /// The image a step names, pulled if it is not in the store or the run asks for it.
    func image(for name: ResourceName, in run: LiveRun) async throws(Failure) -> Image {
        try await image(for: name, in: run.frozen.scope, pullsAlways: run.frozen.options.pull) {
            [self] progress in
            tell(run, [.imagePull(image: name.text, bytes: progress.bytes, total: progress.total)])
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

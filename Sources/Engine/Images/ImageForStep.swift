import Catalog
import Images
import Model

extension Engine {
    /// The image a step names, pulled if it is not in the store or the run asks for it.
    func image(for name: ResourceName, in run: LiveRun) async throws(Failure) -> Image {
        let scope = run.frozen.scope
        if !run.frozen.options.pull, let image = try await catalog.image(named: name, in: scope) {
            return image
        }
        return try await pulls.run("\(scope)/\(name)") { [self] () async throws(Failure) in
            try await pull(name, into: scope) { [self] progress in
                tell(run, [.imagePull(image: name.text, bytes: progress.bytes, total: progress.total)])
            }
        }
    }
}

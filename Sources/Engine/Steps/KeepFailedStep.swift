import Layers
import Linux
import Logging
import Model

extension Engine {
    /// Keeps what a step that failed left, for whoever opens a shell in it; gives it up where the disk has no room for that,
    /// or it can't be kept.
    func keep(_ tree: Parcel<MountedStep>, ofFailed origin: StepOrigin, milliseconds: Int64) async throws {
        guard (disk.last?.state.level ?? .normal) < .high else { return try await discard(tree) }
        do {
            let sealed = try await seal(tree, from: origin)
            try await recording { batch in
                _ = try await commitNew(origin, sealed, .failed, milliseconds, now(), [], batch) { _ in nil }
            }
        } catch {
            logger.warning(
                "what a failed step left is not kept",
                metadata: ["run": "\(origin.maker)", "step": "\(origin.step)", "error": "\(error)"])
        }
    }
}

import Layers
import Linux
import Logging
import Model

extension Engine {
    /// Keeps what a step that failed left, for whoever opens a shell in it; gives it up where the disk has no room for that,
    /// or it can't be kept.
    func keepFailed(_ tree: Parcel<MountedStep>, from origin: StepOrigin, milliseconds: Int64) async throws {
        guard (disk.last?.state.level ?? .normal) < .high else { return try await discard(tree) }
        do {
            let sealed = try await seal(tree, from: origin)
            let yield = StepYield(origin: origin, sealed: sealed, milliseconds: milliseconds)
            try await recording { batch in _ = try await addSnapshot(of: yield, .failed, in: batch) }
        } catch {
            logger.warning(
                "what a failed step left is not kept",
                metadata: ["run": "\(origin.maker)", "step": "\(origin.step)", "error": "\(error)"])
        }
    }
}

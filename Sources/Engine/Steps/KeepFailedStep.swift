import Layers
import Logging
import Model

extension Engine {
    /// Keeps what a step that failed left, for whoever opens a shell in it; gives it up where the disk has no room for that,
    /// or it can't be kept.
    func keep(_ tree: Parcel<MountedStep>, ofFailed work: StepWork, milliseconds: Int64) async throws {
        guard (disk.last?.state.level ?? .normal) < .high else { return try await discard(tree) }
        let origin = work.subject.origin(maker: work.run.id)
        do {
            try await keepFailed(
                origin, try await seal(tree, from: origin), milliseconds: milliseconds)
        } catch {
            logger.warning(
                "what a failed step left is not kept",
                metadata: ["run": "\(work.run.id)", "step": "\(work.step.key)", "error": "\(error)"])
        }
    }
}

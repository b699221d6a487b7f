import Layers
import Model

/// A step with all that is decided before its tree is made, whoever runs its command.
struct StepSubject: Sendable {
    let step: StepSpecification
    let base: StepBase
    let identity: StepIdentity
    let frozen: FrozenRun

    /// - Parameter narrator: whose the result is; on the same ingest.
    func origin(for narrator: StepNarrator) -> StepOrigin {
        StepOrigin(
            step: narrator.step, identity: identity, image: base.image.digest, parent: base.parent,
            revision: frozen.revision(for: step), maker: narrator.run.id)
    }
}

/// What a step stands on, with the image at the bottom of its lineage.
struct StepBase: Sendable {
    let image: Image
    let parent: Snapshot?
    let parentWasExecuted: Bool

    var identity: StepIdentity.Base { parent.map { .snapshot($0.id) } ?? .image(image.digest) }
}

/// Where a result comes from: what a commit has to know of the step that left it.
struct StepOrigin: Sendable {
    let step: StepKey
    let identity: StepIdentity
    let image: Digest
    let parent: Snapshot?
    /// Nil for a step without a workspace.
    let revision: RevisionView?
    /// The run that tells of the step, or the lease in which the command ran.
    let maker: String

    /// Whether look-ups may find the result.
    var isCached: Bool { identity.policy.mayHit }
}

import Linux
package import Model
import SystemPackage

/// A step that has ended and whose overlays are gone: its directories hold what it wrote, and nobody can
/// change that.
package struct QuietStep: ~Copyable, Sendable {
    private let layers: StepLayers
    private let active: ActiveDirectory

    init(_ layers: StepLayers, _ active: consuming ActiveDirectory) {
        self.layers = layers
        self.active = active
    }

    /// Takes down the facts of the workspace delta, trims it, and measures what is to be kept.
    ///
    /// One walk each of what the step wrote in the workspace and outside.
    /// - Parameters:
    ///   - revision: what the step ran on; only a step without a workspace has none.
    ///   - mountPoints: what was mounted in the step's root, beside which a runtime may have left
    ///     directories.
    package consuming func seal(
        revision: Manifest?, mountPoints: [EntryPath] = []
    ) throws(Failure) -> SealedStep {
        let store = active.store
        let prepared = try prepared()
        let system = try active.open(.system)
        try MountPointResidue(upper: system, below: ViewBelow(layers.system, in: store)).remove(
            mountPoints + layers.mountPoints(in: .system))
        var sealed = SealedStep.Content(
            facts: FactSet(), systemSize: try LayerMeasurement.size(of: system.directory))
        sealed.hasSystem =
            sealed.systemSize.entries > 0
            ? true : try store.rootDiffers(system, from: layers.system, prepared: prepared)
        switch layers.workspace {
        case .none: break
        case .readOnly: sealed.facts = FactSet([DeltaRule.rootFact(of: try Self.required(revision))])
        case .readWrite(let below):
            let upper = try active.open(.workspace)
            let view = ViewBelow(below, in: store)
            try MountPointResidue(upper: upper, below: view).remove(layers.mountPoints(in: .workspace))
            let outcome = try DeltaSeal.seal(
                upper.directory, over: try Self.required(revision), prepared: prepared, view: view)
            sealed.facts = outcome.facts
            sealed.workspaceSize = outcome.size
            sealed.hasWorkspace =
                outcome.size.entries > 0
                ? true : try store.rootDiffers(upper, from: below, prepared: prepared)
        }
        sealed.volumes = try sealVolumes(prepared: prepared)
        return SealedStep(sealed, active)
    }

    private borrowing func sealVolumes(prepared: Int64) throws(Failure) -> [SealedStep.Volume] {
        let store = active.store
        var sealed: [SealedStep.Volume] = []
        for (index, volume) in layers.volumes.enumerated() {
            var content = SealedStep.Volume(
                facts: VolumeFacts(signatures: volume.places.map(\.signature), facts: []),
                places: volume.places.count)
            for (position, place) in volume.places.enumerated() {
                let upper = try active.open(.volume(index, position))
                let outcome = try VolumeSeal.seal(
                    upper.directory, at: position, over: GroundView(of: place, in: store))
                content.facts.facts.append(outcome.facts)
                // The place's directory is an entry of the layer, too.
                content.size.entries += outcome.size.entries + 1
                content.size.bytes += outcome.size.bytes
                content.size.bytes +=
                    try storing("measure what a step wrote to a volume") {
                        try upper.directory.status().blocks * 512
                    }
                let root = try store.rootMetadata(of: volume, at: position)
                if outcome.size.entries > 0 {
                    content.hasChanged = true
                } else if try store.rootDiffers(upper, from: root, prepared: prepared) {
                    content.hasChanged = true
                }
            }
            sealed.append(content)
        }
        return sealed
    }

    /// When the step's directories were made, by the clock of the file system they are on.
    private borrowing func prepared() throws(Failure) -> Int64 {
        do {
            return try active.directory.directory.status().modified
        } catch {
            throw .storage(error, "look at active/\(active.number)")
        }
    }

    private static func required(_ revision: Manifest?) throws(Failure) -> Manifest {
        guard let revision else {
            throw Failure(
                .internalError, "a step with a workspace is sealed without its revision",
                fix: "report this with the daemon's log")
        }
        return revision
    }

    /// Gives up what the step wrote.
    package consuming func discard() throws(Failure) { try active.bury() }
}

extension LayerStore {
    /// An upper root is not the view's root any more; a time that it only has from entries coming and going
    /// does not count.
    func rootDiffers(
        _ upper: SharedDirectory, from references: [LayerReference], prepared: Int64
    ) throws(Failure) -> Bool {
        try rootDiffers(upper, from: try rootMetadata(of: references), prepared: prepared)
    }

    func rootDiffers(
        _ upper: SharedDirectory, from below: EntryMetadata, prepared: Int64
    ) throws(Failure) -> Bool {
        try storing("compare a step's root with the one below") {
            let metadata = try EntryMetadata(of: upper.directory)
            return !metadata.isEqual(below)
                || (metadata.modified != below.modified && metadata.modified < prepared)
        }
    }
}

import Layers
import Linux
import Model
import SystemPackage

/// What a later life of the daemon has to know of a step whose command runs: kept in its bundle.
struct StepMark: Codable, Sendable {
    var version = 1
    /// Its directory in `active/`, and the name of its bundle.
    var number: LayerID
    /// The run that tells of it.
    var narrator: String
    var step: StepKey
    /// Whose directory has its log and status.
    var run: String
    var position: Int
    /// Under which others may wait for its result; nil for one that is not shared.
    var identity: Digest?
    /// What it runs on; nil for a step without a workspace, and in marks of an older version of the daemon.
    var ingest: Int64?
    var system: [Layer]
    var workspace: [Layer]
    var mode: StepSpecification.WorkspaceMode
    /// Nil for none, as in what an older version of the daemon has written down.
    var volumes: [StepVolume]?
    var uses: [VolumeUse]?
    var mountPoints: [StepMountPoint]?
    /// Those in force; nil in what an older version of the daemon has written down.
    var limits: StepSpecification.Limits?
    /// Values that its log must not show; nil as above.
    var secrets: [String]?

    /// One layer of a step's view.
    struct Layer: Codable, Sendable {
        var id: LayerID
        var uid: UInt32?
        var gid: UInt32?

        init(_ reference: LayerReference) {
            id = reference.id
            uid = reference.owner?.uid
            gid = reference.owner?.gid
        }

        var reference: LayerReference {
            guard let uid, let gid else { return LayerReference(id) }
            return LayerReference(id, owner: OwnerShift(uid: uid, gid: gid))
        }
    }

    init(_ work: StepWork, _ ground: StepGround, number: LayerID, isShared: Bool) {
        let layers = ground.stepLayers
        self.number = number
        narrator = work.run.id
        step = work.step.key
        run = work.run.id
        position = work.position
        identity = isShared ? work.identity.digest : nil
        ingest = work.ingest
        system = layers.system.map(Layer.init)
        workspace = layers.workspace.references.map(Layer.init)
        mode = layers.workspace.mode
        volumes = layers.volumes
        uses = ground.mounts.uses
        limits = ground.limits
        secrets = ground.mounts.secrets
        mountPoints = layers.mountPoints
    }

    /// Whether what it leaves is what `work` is to leave, with nothing to be checked.
    func serves(_ work: StepWork) -> Bool { run == work.run.id || ingest == work.ingest }

    /// In the order of the volumes.
    var volumeUses: [VolumeUse] { uses ?? [] }

    var layers: StepLayers {
        StepLayers(
            system: system.map(\.reference),
            workspace: StepLayers.Workspace(mode, of: workspace.map(\.reference)),
            volumes: volumes ?? [], mountPoints: mountPoints ?? [])
    }

    var layerNumbers: [LayerID] {
        (system + workspace).map(\.id) + (volumes ?? []).flatMap(\.allLayers)
    }

    private static let name = "step.json"
    private static let committing = "committing"

    /// Blocks.
    func write(to bundle: borrowing Directory) throws { try bundle.replace(Self.name, with: self) }

    /// Nil for what is no bundle of a run's step, or of another version, and where the holder of a lease may have
    /// written one. Blocks.
    static func read(from bundle: borrowing Directory) -> StepMark? {
        guard (try? bundle.status())?.uid == CurrentUser.identifier,
            let mark = try? bundle.value(name, as: StepMark.self), mark.version == 1
        else { return nil }
        return mark
    }

    /// That what the step left is being looked at and trimmed: from here on nobody can begin with that again. Blocks.
    static func noteCommit(in bundle: borrowing Directory) throws(Errno) {
        _ = try bundle.openFile(committing, [.writeOnly, .create], mode: 0o600)
    }

    static func isCommitting(in bundle: borrowing Directory) -> Bool {
        (try? bundle.statusIfPresent(committing)) ?? nil != nil
    }
}

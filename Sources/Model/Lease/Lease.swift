/// A prepared step environment whose command somebody else runs, as the catalog keeps it.
///
/// A lease lives until it is committed, discarded, or its time is up; it outlives the daemon that prepared it.
/// Its trees are mounts on the host; nothing of them is kept in memory, so that whoever comes back to a lease
/// finds it by this record alone.
package struct Lease: Hashable, Sendable, Codable {
    /// 16 hex digits, beginning with the time: later leases sort behind.
    package var id: String
    package var scope: Scope
    package var holder: LeaseHolder
    /// What will become of it; nil for a view, which is never committed.
    package var step: LeasedStep?
    /// The snapshot a view shows; nil for a step.
    package var view: String?
    package var layers: LeasedLayers
    /// Where the workspace is mounted; nil for none.
    package var workspaceTarget: StepPath?
    package var created: Timestamp
    package var expires: Timestamp
    /// The host's boot in which its mounts were made.
    package var boot: String
    /// The device numbers of its file systems, once they were unmounted for a commit that found copies of the mounts in other
    /// namespaces; nil before.
    package var draining: [UInt64]?
    package var end: LeaseEnd?

    package init(
        id: String, scope: Scope, holder: LeaseHolder, step: LeasedStep?, layers: LeasedLayers,
        workspaceTarget: StepPath?, created: Timestamp, expires: Timestamp, boot: String
    ) {
        self.id = id
        self.scope = scope
        self.holder = holder
        self.step = step
        self.layers = layers
        self.workspaceTarget = workspaceTarget
        self.created = created
        self.expires = expires
        self.boot = boot
    }

    /// How long a lease lives at least and at most, and unless its holder says otherwise.
    package static let lifetimes = TimeSpan(seconds: 1)...TimeSpan(seconds: 86_400)
    package static let defaultLifetime = TimeSpan(seconds: 300)
}

/// Whose processes may enter a lease's directory.
package struct LeaseHolder: Hashable, Sendable, Codable {
    package var uid: UInt32
    package var gid: UInt32

    package init(uid: UInt32, gid: UInt32) {
        self.uid = uid
        self.gid = gid
    }
}

/// A step whose command the holder of a lease runs: what a commit has to know of it.
package struct LeasedStep: Hashable, Sendable, Codable {
    package var key: StepKey
    package var identity: StepIdentity
    package var image: Digest
    package var parent: String?
    package var revision: Digest?
    package var ingest: Int64?
    package var reason: MissReason
    /// Whether another's snapshot of the same identity may be taken for its own at the commit.
    package var mayAdopt: Bool
    /// What may be written; nil for what there is.
    package var diskLimit: ByteSize?
    /// In the order of the layers' volumes; nil for none, as in leases of older daemons.
    package var volumes: [VolumeUse]?
    /// How its volumes began; nil as above.
    package var beginning: VolumeReport?

    package init(
        key: StepKey, identity: StepIdentity, image: Digest, parent: String?, revision: Digest?,
        ingest: Int64?, reason: MissReason, mayAdopt: Bool, diskLimit: ByteSize?, volumes: [VolumeUse],
        beginning: VolumeReport
    ) {
        self.key = key
        self.identity = identity
        self.image = image
        self.parent = parent
        self.revision = revision
        self.ingest = ingest
        self.reason = reason
        self.mayAdopt = mayAdopt
        self.diskLimit = diskLimit
        self.volumes = volumes
        self.beginning = beginning
    }
}

/// The layers a lease's mounts are made of, the uppermost first.
package struct LeasedLayers: Hashable, Sendable, Codable {
    /// The directory in `active/` that is written to; nil for a view.
    package var active: LayerID?
    package var system: [LayerID]
    package var deltas: [LayerID]
    package var revision: [LayerID]
    /// Who appears as the owner of the revision's entries.
    package var owner: LeaseHolder
    package var workspace: StepSpecification.WorkspaceMode
    /// Nil for none, as in leases of older daemons.
    package var volumes: [StepVolume]?
    package var mountPoints: [StepMountPoint]?

    package init(
        active: LayerID?, system: [LayerID], deltas: [LayerID], revision: [LayerID], owner: LeaseHolder,
        workspace: StepSpecification.WorkspaceMode, volumes: [StepVolume] = [],
        mountPoints: [StepMountPoint] = []
    ) {
        self.active = active
        self.system = system
        self.deltas = deltas
        self.revision = revision
        self.owner = owner
        self.workspace = workspace
        self.volumes = volumes
        self.mountPoints = mountPoints
    }

    package var all: [LayerID] { system + deltas + revision + (volumes ?? []).flatMap(\.allLayers) }
}

/// How a lease ended.
package enum LeaseEnd: Hashable, Sendable, Codable {
    /// The holder said how its command ended; with another status than 0 nothing was kept.
    ///
    /// - volumes: what was kept of them; nil as in ends of older daemons.
    case committed(exitCode: Int, snapshot: String?, adopted: Bool, volumes: VolumeReport?)
    case discarded
    case expired
    /// The daemon ended it: for what was written in it, which was more than it might or all there was room for; or when it
    /// came back and found its tree gone.
    case overran(code: FailureCode, detail: String, fix: String)

    package static func overran(_ failure: Failure) -> LeaseEnd {
        .overran(code: failure.code, detail: failure.detail, fix: failure.fix)
    }
}

/// A step whose command the holder of a lease runs: where it writes, and what a commit has to know of it.
package struct LeasedStep: Hashable, Sendable {
    /// Its directory in `active/`.
    package var active: LayerID
    /// The device numbers of its file systems, once they were unmounted for a commit that found copies of the mounts in other
    /// namespaces; nil before.
    package var draining: [UInt64]?
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
    /// In the order of the layers' volumes.
    package var volumes: [VolumeUse]
    /// How its volumes began.
    package var beginning: VolumeReport

    package init(
        active: LayerID, key: StepKey, identity: StepIdentity, image: Digest, parent: String?,
        revision: Digest?, ingest: Int64?, reason: MissReason, mayAdopt: Bool, diskLimit: ByteSize?,
        volumes: [VolumeUse], beginning: VolumeReport
    ) {
        self.active = active
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

/// As `step` in a lease's record, which has `active` and `draining` in other places.
extension LeasedStep: Encodable {
    enum CodingKeys: String, CodingKey {
        case key, identity, image, parent, revision, ingest, reason, mayAdopt, diskLimit, volumes, beginning
    }

    /// Leases of older daemons have no volumes.
    init(
        _ step: KeyedDecodingContainer<CodingKeys>, active: LayerID, draining: [UInt64]?
    ) throws {
        self.init(
            active: active,
            key: try step.decode(StepKey.self, forKey: .key),
            identity: try step.decode(StepIdentity.self, forKey: .identity),
            image: try step.decode(Digest.self, forKey: .image),
            parent: try step.decodeIfPresent(String.self, forKey: .parent),
            revision: try step.decodeIfPresent(Digest.self, forKey: .revision),
            ingest: try step.decodeIfPresent(Int64.self, forKey: .ingest),
            reason: try step.decode(MissReason.self, forKey: .reason),
            mayAdopt: try step.decode(Bool.self, forKey: .mayAdopt),
            diskLimit: try step.decodeIfPresent(ByteSize.self, forKey: .diskLimit),
            volumes: try step.decodeIfPresent([VolumeUse].self, forKey: .volumes) ?? [],
            beginning: try step.decodeIfPresent(VolumeReport.self, forKey: .beginning) ?? VolumeReport())
        self.draining = draining
    }
}

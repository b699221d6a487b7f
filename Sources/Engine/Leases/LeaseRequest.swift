package import Model

/// A step whose command the caller runs himself.
package struct LeaseRequest: Sendable {
    package var step: StepSpecification
    /// What a reader of the step's document should know.
    package var notices: [String]
    /// The snapshot it stands on; nil for the step's image.
    package var parent: String?
    /// Nil only for a step without a workspace.
    package var workspace: ResourceName?
    /// Nil for the newest.
    package var revision: Digest?
    /// Where the workspace is.
    package var workspaceTarget: StepPath
    /// Further directories on which the caller mounts something.
    package var mountPoints: [StepPath]
    package var noCache: Bool
    /// Whether volumes are only read.
    package var untrusted: Bool
    package var lifetime: TimeSpan
    package var holder: LeaseHolder

    package init(
        step: StepSpecification, notices: [String] = [], parent: String?, workspace: ResourceName?,
        revision: Digest?,
        workspaceTarget: StepPath, mountPoints: [StepPath], noCache: Bool, untrusted: Bool,
        lifetime: TimeSpan,
        holder: LeaseHolder
    ) {
        self.step = step
        self.notices = notices
        self.parent = parent
        self.workspace = workspace
        self.revision = revision
        self.workspaceTarget = workspaceTarget
        self.mountPoints = mountPoints
        self.noCache = noCache
        self.untrusted = untrusted
        self.lifetime = lifetime
        self.holder = holder
    }
}

/// A snapshot that the caller wants to look at.
package struct ViewRequest: Sendable {
    package var snapshot: String
    /// Below the workspace's deltas; nil for the one the snapshot was made on.
    package var revision: Digest?
    package var lifetime: TimeSpan
    package var holder: LeaseHolder

    package init(snapshot: String, revision: Digest?, lifetime: TimeSpan, holder: LeaseHolder) {
        self.snapshot = snapshot
        self.revision = revision
        self.lifetime = lifetime
        self.holder = holder
    }
}

/// What a request for a lease comes to.
package enum LeaseOffer: Sendable {
    /// The step need not run.
    case hit(snapshot: String, warnings: [Warning])
    case prepared(PreparedLease)
}

/// A lease with the places of its mounts on this host.
package struct PreparedLease: Sendable, Hashable {
    package let lease: Lease
    /// An OCI bundle; nil for a view.
    package let bundle: String?
    package let rootfs: String
    /// Nil without a workspace.
    package let workspace: String?
}

/// A prepared step environment whose command somebody else runs, or a snapshot that somebody looks at, as the catalog keeps
/// it.
///
/// A lease lives until it is committed, discarded, or its time is up; it outlives the daemon that prepared it.
/// Its trees are mounts on the host; nothing of them is kept in memory, so that whoever comes back to a lease
/// finds it by this record alone.
package struct Lease: Hashable, Sendable {
    /// 16 hex digits, beginning with the time: later leases sort behind.
    package var id: String
    package var scope: Scope
    package var holder: LeaseHolder
    package var subject: Subject
    package var layers: LeasedLayers
    /// Where the workspace is mounted; nil for none.
    package var workspaceTarget: StepPath?
    package var created: Timestamp
    package var expires: Timestamp
    /// The host's boot in which its mounts were made.
    package var boot: String
    package var end: LeaseEnd?

    /// What the lease's tree is.
    package enum Subject: Hashable, Sendable {
        /// Written to, and to be committed.
        case step(LeasedStep)
        /// What the snapshot shows, never committed.
        case view(of: String)
    }

    package init(
        id: String, scope: Scope, holder: LeaseHolder, subject: Subject, layers: LeasedLayers,
        workspaceTarget: StepPath?, created: Timestamp, expires: Timestamp, boot: String
    ) {
        self.id = id
        self.scope = scope
        self.holder = holder
        self.subject = subject
        self.layers = layers
        self.workspaceTarget = workspaceTarget
        self.created = created
        self.expires = expires
        self.boot = boot
    }

    /// Nil for a view.
    package var step: LeasedStep? {
        switch subject {
        case .step(let step): step
        case .view: nil
        }
    }

    /// How long a lease lives at least and at most, and unless its holder says otherwise.
    package static let lifetimes = TimeSpan(seconds: 1)...TimeSpan(seconds: 86_400)
    package static let defaultLifetime = TimeSpan(seconds: 300)
}

package import Model

extension Wire {
    /// A prepared environment on the daemon's host.
    package struct Lease: Codable, Hashable, Sendable {
        package var id: String
        /// Nil for a view.
        package var step: StepKey?
        /// Nil for a view.
        package var identity: Digest?
        /// Why the step is no hit; nil for a view.
        package var reason: MissReason?
        /// Where the root file system is mounted.
        package var rootfs: String
        /// Where the workspace is mounted, inside `rootfs`; nil without one.
        package var workspace: String?
        /// A directory for an OCI runtime; nil for a view.
        package var bundle: String?
        /// The step's volumes and how each began; nil for none.
        package var volumes: [LeasedVolume]?
        /// Nil for none.
        package var warnings: [Warning]?
        package var createdAt: Time
        package var expiresAt: Time

        package init(
            id: String, step: StepKey? = nil, identity: Digest? = nil, reason: MissReason? = nil,
            rootfs: String, workspace: String? = nil, bundle: String? = nil,
            volumes: [LeasedVolume]? = nil, warnings: [Warning]? = nil, createdAt: Time, expiresAt: Time
        ) {
            self.id = id
            self.step = step
            self.identity = identity
            self.reason = reason
            self.rootfs = rootfs
            self.workspace = workspace
            self.bundle = bundle
            self.volumes = volumes
            self.warnings = warnings
            self.createdAt = createdAt
            self.expiresAt = expiresAt
        }

        private enum CodingKeys: String, CodingKey {
            case id, step, identity, reason, rootfs, workspace, bundle, volumes, warnings
            case createdAt = "created_at"
            case expiresAt = "expires_at"
        }
    }

    /// The answer for a step that need not run.
    package struct LeaseHit: Codable, Hashable, Sendable {
        package var hit = true
        package var snapshot: String
        /// Nil for none.
        package var warnings: [Warning]?

        package init(snapshot: String, warnings: [Warning]? = nil) {
            self.snapshot = snapshot
            self.warnings = warnings
        }
    }
}

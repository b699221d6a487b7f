package import Model

extension Wire {
    /// What a lease is asked for: a step whose command the caller runs, or a view of a snapshot.
    package struct LeaseRequest: Codable, Hashable, Sendable {
        /// An object with `key`, `cmd`, `image` or `parent`, and what else a step has.
        package var step: PipelineDocument?
        /// A snapshot to look at.
        package var view: String?
        package var workspace: String?
        /// Nil for the workspace's newest, or that of the view.
        package var revision: Digest?
        package var ttlSeconds: Int64?
        /// Where the workspace is mounted in the root; nil for `/workspace`.
        package var workspaceTarget: String?
        /// Further directories on which the caller mounts something.
        package var mountpoints: [String]?
        package var noCache: Bool?
        /// Whether volumes are only read; nil for no.
        package var untrusted: Bool?

        package init(
            step: PipelineDocument? = nil, view: String? = nil, workspace: String? = nil,
            revision: Digest? = nil, ttlSeconds: Int64? = nil, workspaceTarget: String? = nil,
            mountpoints: [String]? = nil, noCache: Bool? = nil, untrusted: Bool? = nil
        ) {
            self.step = step
            self.view = view
            self.workspace = workspace
            self.revision = revision
            self.ttlSeconds = ttlSeconds
            self.workspaceTarget = workspaceTarget
            self.mountpoints = mountpoints
            self.noCache = noCache
            self.untrusted = untrusted
        }

        private enum CodingKeys: String, CodingKey {
            case step, view, workspace, revision
            case ttlSeconds = "ttl_seconds"
            case workspaceTarget = "workspace_target"
            case mountpoints
            case noCache = "no_cache"
            case untrusted
        }
    }
}

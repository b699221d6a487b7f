package import Model

extension Wire {
    /// The body of `POST /v1/leases/{id}/renew`.
    package struct LeaseRenewal: Codable, Hashable, Sendable {
        /// From now on; nil for the usual time.
        package var ttlSeconds: Int64?

        package init(ttlSeconds: Int64? = nil) { self.ttlSeconds = ttlSeconds }

        private enum CodingKeys: String, CodingKey { case ttlSeconds = "ttl_seconds" }
    }

    /// The body of `POST /v1/leases/{id}/commit`.
    package struct LeaseResult: Codable, Hashable, Sendable {
        /// Of the command; with another than 0 nothing is kept.
        package var exitCode: Int

        package init(exitCode: Int) { self.exitCode = exitCode }

        private enum CodingKeys: String, CodingKey { case exitCode = "exit_code" }
    }

    /// The answer to a commit.
    package struct LeaseCommit: Codable, Hashable, Sendable {
        /// Nil when the command failed; written all the same.
        package var snapshot: String?
        /// Whether the snapshot is that of another execution of the same step; nil for no.
        package var adopted: Bool?
        /// What was kept of the step's volumes; nil for none.
        package var volumes: [LeasedVolume]?
        /// Nil for none.
        package var warnings: [Warning]?

        package init(
            snapshot: String?, adopted: Bool?, volumes: [LeasedVolume]? = nil, warnings: [Warning]? = nil
        ) {
            self.snapshot = snapshot
            self.adopted = adopted
            self.volumes = volumes
            self.warnings = warnings
        }

        private enum CodingKeys: String, CodingKey { case snapshot, adopted, volumes, warnings }

        package func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(snapshot, forKey: .snapshot)
            try container.encodeIfPresent(adopted, forKey: .adopted)
            try container.encodeIfPresent(volumes, forKey: .volumes)
            try container.encodeIfPresent(warnings, forKey: .warnings)
        }
    }
}

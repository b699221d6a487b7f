package import Model

extension Wire {
    /// A cache volume of a workspace, with its versions.
    package struct Volume: Codable, Hashable, Sendable {
        package var name: String
        /// Nil for a volume of runs without a workspace.
        package var workspace: String?
        /// Of all its layers, each counted once.
        package var bytes: Int64
        package var createdAt: Time
        /// The newest first.
        package var versions: [Version]

        package init(
            name: String, workspace: String?, bytes: Int64, createdAt: Time, versions: [Version]
        ) {
            self.name = name
            self.workspace = workspace
            self.bytes = bytes
            self.createdAt = createdAt
            self.versions = versions
        }

        private enum CodingKeys: String, CodingKey {
            case name, workspace, bytes, versions
            case createdAt = "created_at"
        }
    }
}

extension Wire.Volume {
    /// One immutable state of a volume.
    package struct Version: Codable, Hashable, Sendable {
        package var id: String
        /// Nil for one that a step without a key left.
        package var key: String?
        /// Where it belongs, absolute.
        package var paths: [String]
        /// `image` or `empty`.
        package var over: String
        package var bytes: Int64
        package var entries: Int64
        package var layers: Int64
        /// The step that left it, and its run; nil for one that was imported.
        package var step: StepKey?
        package var run: String?
        package var createdAt: Wire.Time
        package var usedAt: Wire.Time

        package init(
            id: String, key: String?, paths: [String], over: String, bytes: Int64, entries: Int64,
            layers: Int64, step: StepKey?, run: String?, createdAt: Wire.Time, usedAt: Wire.Time
        ) {
            self.id = id
            self.key = key
            self.paths = paths
            self.over = over
            self.bytes = bytes
            self.entries = entries
            self.layers = layers
            self.step = step
            self.run = run
            self.createdAt = createdAt
            self.usedAt = usedAt
        }

        private enum CodingKeys: String, CodingKey {
            case id, key, paths, over, bytes, entries, layers, step, run
            case createdAt = "created_at"
            case usedAt = "used_at"
        }
    }
}

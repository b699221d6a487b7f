/// A volume in a step, until that has ended: kept with the step over a restart of the daemon.
package struct VolumeUse: Hashable, Sendable, Codable {
    package var name: VolumeName
    package var wish: VolumeChoice.Wish
    package var write: VolumeMount.Keeping
    /// Of a run that writes to no volume of others.
    package var isUntrusted: Bool
    /// What the holder of a lease runs around its commit.
    package var quiesce: VolumeMount.Quiesce?
    /// The version it began with, and how that was found; nil for an empty beginning.
    package var base: Base?

    package struct Base: Hashable, Sendable, Codable {
        package var version: String
        /// The oldest first.
        package var layers: [LayerID]
        package var created: Timestamp
        package var match: VolumeChoice.Match

        package init(version: String, layers: [LayerID], created: Timestamp, match: VolumeChoice.Match) {
            self.version = version
            self.layers = layers
            self.created = created
            self.match = match
        }
    }

    package init(
        name: VolumeName, wish: VolumeChoice.Wish, write: VolumeMount.Keeping, isUntrusted: Bool,
        quiesce: VolumeMount.Quiesce? = nil
    ) {
        self.name = name
        self.wish = wish
        self.write = write
        self.isUntrusted = isUntrusted
        self.quiesce = quiesce
    }

    package var hasExactKey: Bool { base?.match == .key }
}

package import Model

extension Wire {
    /// A volume of a leased step: how it began, or what was kept of it.
    package struct LeasedVolume: Codable, Hashable, Sendable {
        package var volume: String
        package var action: Event.StepVolume.Action
        /// Nil for none.
        package var version: String?
        /// As the step asks for it; nil for none.
        package var key: String?
        /// For people.
        package var detail: String
        /// What the holder runs around the commit; nil for nothing, and in the answer to a commit.
        package var quiesce: VolumeMount.Quiesce?

        package init(
            volume: String, action: Event.StepVolume.Action, version: String? = nil, key: String? = nil,
            detail: String, quiesce: VolumeMount.Quiesce? = nil
        ) {
            self.volume = volume
            self.action = action
            self.version = version
            self.key = key
            self.detail = detail
            self.quiesce = quiesce
        }
    }
}

extension Wire {
    /// How far an import is: every line but the last of a streamed `POST /v1/images`.
    package struct ImportProgress: Codable, Hashable, Sendable {
        package var phase: Phase
        package var bytes: Int64
        /// Nil while it is not known.
        package var total: Int64?

        package init(phase: Phase, bytes: Int64, total: Int64? = nil) {
            self.phase = phase
            self.bytes = bytes
            self.total = total
        }

        private enum CodingKeys: String, CodingKey {
            case phase, bytes, total
        }
    }
}

extension Wire.ImportProgress {
    package enum Phase: String, Codable, Hashable, Sendable, CaseIterable { case fetching, unpacking }
}

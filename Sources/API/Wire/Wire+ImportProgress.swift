extension Wire {
    /// How far an import is: every line but the last of a streamed `POST /v1/images`.
    package struct ImportProgress: Codable, Hashable, Sendable {
        package var phase: Phase
        /// Such as the layer that is being unpacked.
        package var detail: String?
        package var bytes: Int64
        /// Nil while it is not known.
        package var total: Int64?

        package init(phase: Phase, detail: String? = nil, bytes: Int64, total: Int64? = nil) {
            self.phase = phase
            self.detail = detail
            self.bytes = bytes
            self.total = total
        }

        private enum CodingKeys: String, CodingKey {
            case phase, detail, bytes, total
        }
    }
}

extension Wire.ImportProgress {
    package enum Phase: String, Codable, Hashable, Sendable { case fetching, unpacking }
}

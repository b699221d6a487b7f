extension Wire {
    /// Whether the daemon can do its work: the answer of `GET /v1/health`.
    package struct Health: Codable, Hashable, Sendable {
        /// The worst of the findings.
        package var status: Finding.Status
        package var findings: [Finding]

        package init(status: Finding.Status, findings: [Finding]) {
            self.status = status
            self.findings = findings
        }

        private enum CodingKeys: String, CodingKey {
            case status, findings
        }
    }
}

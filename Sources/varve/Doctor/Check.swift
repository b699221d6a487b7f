import API

/// One thing about the host or the daemon that `varve doctor` looks at.
protocol Check: Sendable {
    /// One word that names it in the output.
    var name: String { get }

    /// Looks, and says what to do about what it finds.
    func findings() async -> [Wire.Finding]
}

extension Check {
    func fine(_ detail: String) -> [Wire.Finding] {
        [Wire.Finding(check: name, status: .ok, detail: detail)]
    }

    func warning(_ detail: String, fix: String) -> [Wire.Finding] {
        [Wire.Finding(check: name, status: .warning, detail: detail, fix: fix)]
    }

    func failure(_ detail: String, fix: String) -> [Wire.Finding] {
        [Wire.Finding(check: name, status: .failed, detail: detail, fix: fix)]
    }
}

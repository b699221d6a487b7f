import Model

/// A scan of an unchanged tree to the digest of its revision.
struct UnchangedScan: BenchmarkSubject {
    private let tree: IngestedTree

    init(of path: String, in scratch: String) async throws {
        tree = try await IngestedTree(of: path, in: scratch)
    }

    func round(_ driver: borrowing Driver) async throws {
        let digest = try await driver.time { try await tree.scan() }
        guard digest == tree.manifest.digest else { throw UnexpectedOutcome() }
    }
}

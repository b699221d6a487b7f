import Catalog
import Linux
package import Model

/// One thing looked at, and what was found.
package struct HealthFinding: Sendable, Hashable {
    package var check: String
    /// Nil for nothing wrong.
    package var failure: Failure?
}

extension Engine {
    /// Whether requests can be served: the catalog answers, and there is room to write.
    package func health() async -> [HealthFinding] {
        var findings: [HealthFinding] = []
        do {
            _ = try await catalog.snapshotCount()
            findings.append(HealthFinding(check: "catalog", failure: nil))
        } catch {
            findings.append(HealthFinding(check: "catalog", failure: error))
        }
        do {
            let state = try await disk.look()
            let failure = Failure(
                .storageFull, "no step is begun, since \(state.words)",
                fix: "free space there, or unpin or remove snapshots; varve du shows what Varve uses")
            findings.append(HealthFinding(check: "space", failure: state.level >= .reserve ? failure : nil))
        } catch {
            findings.append(HealthFinding(check: "space", failure: error))
        }
        return findings
    }
}

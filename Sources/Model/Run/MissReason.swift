/// Why a step is no hit. `detail` names the fields, paths or times.
package struct MissReason: Sendable, Hashable, Codable {
    package var code: Code
    package var detail: String

    package init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    /// In the order in which the first that applies is given.
    package enum Code: String, Sendable, Hashable, Codable, CaseIterable, Comparable {
        case policyNone = "policy-none"
        case noCacheRequested = "no-cache-requested"
        case imageAbsent = "image-absent"
        case parentExecuted = "parent-executed"
        case firstRun = "first-run"
        case snapshotDamaged = "snapshot-damaged"
        case expired
        case workspaceConflict = "workspace-conflict"
        case identityChanged = "identity-changed"

        package static func < (left: Code, right: Code) -> Bool {
            (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
        }
    }
}

/// What went wrong, for whoever has to act on it: a code to branch on, the thing it happened to, and the
/// remedy.
///
/// Every error a caller of Varve can meet is one of these; system-call errors (`Errno`) and library errors
/// are wrapped where they are understood, with their own words kept in `detail`. The client prints it as
/// `error[code]: detail` and ` fix: fix`; the server sends it as `application/problem+json`.
package struct Failure: Error, Hashable, Sendable {
    package let code: FailureCode
    /// What happened, naming the object, as one sentence without a final full stop.
    package let detail: String
    /// What the reader can do about it, as one imperative sentence without a final full stop.
    package let fix: String

    package init(_ code: FailureCode, _ detail: String, fix: String) {
        self.code = code
        self.detail = detail
        self.fix = fix
    }
}

extension Failure {
    /// The file system of the store has no room for what `detail` names.
    package static func storageFull(_ detail: String) -> Failure {
        Failure(
            .storageFull, detail,
            fix:
                "free space on the store's file system, for instance with `varve prune`, or raise disk_budget"
                + "; nothing needs repair"
        )
    }
}

extension Failure: CustomStringConvertible {
    package var description: String { "error[\(code.rawValue)]: \(detail)\n  fix: \(fix)" }
}

/// The closed list of things that go wrong, as the outside sees them. Adding one is compatible, renaming one
/// is not.
package enum FailureCode: String, Codable, Hashable, Sendable, CaseIterable {
    // The request
    case badRequest = "bad-request"
    case badName = "bad-name"
    case badPath = "bad-path"
    case pipelineInvalid = "pipeline-invalid"
    case notFound = "not-found"
    case conflict = "conflict"
    case hasChildren = "has-children"
    case forbidden = "forbidden"
    case tooLarge = "too-large"
    case tooMany = "too-many"
    case revisionGone = "revision-gone"
    case idempotencyMismatch = "idempotency-mismatch"
    // Leases
    case leaseEnded = "lease-ended"
    case leaseBusy = "lease-busy"
    case leaseReadonly = "lease-readonly"
    // The workspace
    case workspaceUnreadable = "workspace-unreadable"
    case workspaceChanging = "workspace-changing"
    case workspaceMissing = "workspace-missing"
    case callerUnreachable = "caller-unreachable"
    // Images
    case imageAbsent = "image-absent"
    case imagePullFailed = "image-pull-failed"
    case imageInvalid = "image-invalid"
    case archiveInvalid = "archive-invalid"
    // Running a step
    case shellMissing = "shell-missing"
    case userUnknown = "user-unknown"
    case mountInvalid = "mount-invalid"
    case runtimeFailed = "runtime-failed"
    case runtimeMissing = "runtime-missing"
    case networkFailed = "network-failed"
    case logLimit = "log-limit"
    case diskLimit = "disk-limit"
    case treeBusy = "tree-busy"
    case supervisorLost = "supervisor-lost"
    case outputFailed = "output-failed"
    case outOfMemory = "out-of-memory"
    case skipped = "skipped"
    case cancelled = "cancelled"
    case timedOut = "timed-out"
    // The host
    case storageFull = "storage-full"
    case storageFailed = "storage-failed"
    case overlayUnsupported = "overlay-unsupported"
    case mountFailed = "mount-failed"
    case storeLocked = "store-locked"
    case storeTooNew = "store-too-new"
    case storeDamaged = "store-damaged"
    case snapshotDamaged = "snapshot-damaged"
    case socketInUse = "socket-in-use"
    case notRoot = "not-root"
    case configurationInvalid = "configuration-invalid"
    case unreachable = "daemon-unreachable"
    case shuttingDown = "shutting-down"
    case internalError = "internal"
}

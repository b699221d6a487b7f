package import Model

/// What a failure is to the two kinds of callers: an HTTP status, and an exit status.
extension FailureCode {
    /// The status of the answer to a request that fails so.
    package var status: HTTPStatus {
        switch self {
        case .badRequest: .badRequest
        case .forbidden: .forbidden
        case .notFound: .notFound
        case .leaseEnded: .gone
        case .conflict, .hasChildren, .leaseBusy, .leaseReadonly, .revisionGone, .workspaceChanging,
            .treeBusy, .socketInUse,
            .storeLocked,
            .skipped, .cancelled, .timedOut:
            .conflict
        case .tooLarge: .contentTooLarge
        case .badName, .badPath, .pipelineInvalid, .idempotencyMismatch, .workspaceUnreadable,
            .workspaceMissing, .callerUnreachable, .imageAbsent, .imageInvalid, .archiveInvalid,
            .shellMissing, .userUnknown, .mountInvalid, .logLimit, .diskLimit, .outOfMemory:
            .unprocessable
        case .tooMany: .tooManyRequests
        case .snapshotDamaged, .runtimeFailed, .runtimeMissing, .networkFailed, .supervisorLost,
            .outputFailed, .storageFailed, .overlayUnsupported, .mountFailed, .storeTooNew, .storeDamaged,
            .notRoot, .configurationInvalid, .internalError:
            .internalError
        case .imagePullFailed: .badGateway
        case .unreachable, .shuttingDown: .unavailable
        case .storageFull: .insufficientStorage
        }
    }

    /// The exit status of a `varve` command that ends with this failure: 7 the pipeline is invalid, 4 no
    /// daemon answers, 130 cancelled, 124 timed out, 5 the daemon refuses or fails.
    package var exitStatus: Int32 {
        switch self {
        case .pipelineInvalid: 7
        case .unreachable: 4
        case .cancelled: 130
        case .timedOut: 124
        case .badRequest, .badName, .badPath, .notFound, .conflict, .hasChildren, .leaseEnded, .leaseBusy,
            .leaseReadonly,
            .forbidden, .tooLarge,
            .tooMany, .revisionGone, .idempotencyMismatch, .workspaceUnreadable, .workspaceChanging,
            .workspaceMissing, .callerUnreachable, .imageAbsent, .imagePullFailed, .imageInvalid,
            .archiveInvalid, .shellMissing, .userUnknown, .mountInvalid, .runtimeFailed, .runtimeMissing,
            .networkFailed,
            .logLimit, .diskLimit, .outOfMemory, .treeBusy, .supervisorLost, .outputFailed, .skipped,
            .storageFull,
            .storageFailed,
            .overlayUnsupported, .mountFailed, .storeLocked, .storeTooNew, .storeDamaged, .snapshotDamaged,
            .socketInUse, .notRoot, .configurationInvalid, .shuttingDown, .internalError:
            5
        }
    }
}

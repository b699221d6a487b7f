/// A limit of one process (`setrlimit`).
package struct ResourceLimit: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case openFiles = "RLIMIT_NOFILE"
        case coreSize = "RLIMIT_CORE"
        case processes = "RLIMIT_NPROC"
        case lockedMemory = "RLIMIT_MEMLOCK"
        case stack = "RLIMIT_STACK"
    }

    package var kind: Kind
    package var soft: UInt64
    package var hard: UInt64

    package init(_ kind: Kind, soft: UInt64, hard: UInt64) {
        self.kind = kind
        self.soft = soft
        self.hard = hard
    }

    /// Many open files, as builds need them; no core files, which would end up in snapshots.
    package static let standard = [
        ResourceLimit(.openFiles, soft: 65536, hard: 524_288),
        ResourceLimit(.coreSize, soft: 0, hard: .max),
    ]

    /// This limit, raised nowhere above `allowed`: without CAP_SYS_RESOURCE that would fail.
    func clamped(to allowed: UInt64) -> ResourceLimit {
        ResourceLimit(kind, soft: min(soft, allowed), hard: min(hard, allowed))
    }
}

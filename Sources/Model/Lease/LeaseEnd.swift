/// How a lease ended.
package enum LeaseEnd: Hashable, Sendable, Codable {
    /// The holder said how its command ended; with another status than 0 nothing was kept.
    ///
    /// - volumes: what was kept of them; nil where nothing of the step was, and in ends of older daemons.
    case committed(exitCode: Int, snapshot: String?, adopted: Bool, volumes: VolumeReport?)
    case discarded
    case expired
    /// The daemon ended it: for what was written in it, which was more than it might or all there was room for; or when it
    /// came back and found its tree gone.
    case overran(code: FailureCode, detail: String, fix: String)

    package static func overran(_ failure: Failure) -> LeaseEnd {
        .overran(code: failure.code, detail: failure.detail, fix: failure.fix)
    }
}

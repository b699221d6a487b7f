package import Model

extension Failure {
    /// What is begun while the daemon stops.
    package static let stopping = Failure(
        .shuttingDown, "the daemon is stopping", fix: "try again when it is back")
}

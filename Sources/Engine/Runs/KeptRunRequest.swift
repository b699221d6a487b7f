import Linux
import Model
import SystemPackage

/// A run's frozen request, as it is kept for a later life of the daemon. A version of the daemon that adds a member must take
/// its absence.
struct KeptRunRequest: Codable, Sendable {
    var version = 1
    /// The boot of the machine that it is good for.
    var boot: String
    var run: String
    var scope: Scope
    var pipeline: Pipeline
    var options: RunOptions
    var workspace: String?
    /// Number of the ingest the run is frozen on.
    var ingest: Int64?
    var outputs: OutputDirectory.Origin?

    init(_ frozen: FrozenRun, run: String, outputs: OutputDirectory.Origin?) throws(Errno) {
        boot = try SystemClock.bootID()
        self.run = run
        scope = frozen.scope
        pipeline = frozen.pipeline
        options = frozen.options
        workspace = frozen.workspace
        ingest = frozen.ingest?.number
        self.outputs = outputs
    }
}

/// Why somebody ended a run, as it is kept.
enum KeptRunEnding: String, Codable, Sendable {
    case requested, abandoned, shutDown

    var ending: LiveRun.Ending {
        switch self {
        case .requested: .requested
        case .abandoned: .abandoned
        case .shutDown: .shutDown
        }
    }
}

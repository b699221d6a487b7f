import Linux
import Model
import SystemPackage

/// A run's frozen request, kept where its mounts are for as long as it is under way, so that a later life of the
/// daemon can go on with it.
///
/// It has the values that are passed to steps, and so lies in the runtime directory (a tmpfs), never in the store, and is
/// gone with the machine's boot. A version of the daemon that adds a member must take its absence.
struct RunOrder: Codable, Sendable {
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

    private static let name = "request.json"
    private static let images = "images.json"
    private static let ending = "ending"

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

    /// Blocks.
    func write(in mountsDirectory: String) throws {
        try Directory.makeFolders(Self.path(of: run, in: mountsDirectory), mode: 0o700)
        try Self.directory(of: run, in: mountsDirectory).replace(Self.name, with: self)
    }

    /// Nil where there is none that this boot and this version can go on with. Blocks.
    static func read(run: String, in mountsDirectory: String) -> RunOrder? {
        guard let directory = try? directory(of: run, in: mountsDirectory),
            let order = try? directory.value(name, as: RunOrder.self), order.version == 1, order.run == run,
            order.boot == (try? SystemClock.bootID())
        else { return nil }
        return order
    }

    /// Blocks.
    static func remove(run: String, in mountsDirectory: String) throws(Errno) {
        try Directory.removeTree(at: path(of: run, in: mountsDirectory))
    }

    private static func path(of run: String, in mountsDirectory: String) -> String {
        "\(mountsDirectory)/\(run)"
    }

    private static func directory(of run: String, in mountsDirectory: String) throws(Errno) -> Directory {
        try Directory(opening: path(of: run, in: mountsDirectory), following: false)
    }

    // MARK: - What is added while the run goes on

    /// A name of an image stands for one image throughout a run. Blocks.
    static func keep(_ images: [String: Digest], run: String, in mountsDirectory: String) throws {
        try directory(of: run, in: mountsDirectory).replace(Self.images, with: images)
    }

    static func images(run: String, in mountsDirectory: String) -> [String: Digest] {
        (try? directory(of: run, in: mountsDirectory).value(images, as: [String: Digest].self)) ?? [:]
    }

    /// That somebody asked for the run's end outlives the daemon too. Blocks.
    static func note(_ ending: RunOrderEnding, run: String, in mountsDirectory: String) throws {
        try directory(of: run, in: mountsDirectory).replace(Self.ending, with: ending)
    }

    static func ending(run: String, in mountsDirectory: String) -> RunOrderEnding? {
        try? directory(of: run, in: mountsDirectory).value(ending, as: RunOrderEnding.self)
    }
}

/// Why somebody ended a run.
enum RunOrderEnding: String, Codable, Sendable {
    case requested, abandoned, shutDown

    var ending: LiveRun.Ending {
        switch self {
        case .requested: .requested
        case .abandoned: .abandoned
        case .shutDown: .shutDown
        }
    }
}

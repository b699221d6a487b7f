import Glibc
import Layers
import Linux
import Model
import Synchronization
import SystemPackage
import Workspaces

/// A workspace's source and a store in a scratch directory, with what was ingested so far.
final class IngestFixture {
    let scratch: Scratch
    let store: LayerStore
    /// The oldest first.
    private(set) var layers: [LayerID] = []
    private(set) var previous: PreviousRevision?
    var request = IgnoreRequest.standard
    var identity = PeerIdentity.daemon
    var sourceName = "source"
    var limits = IngestLimits()
    private let numbers = Numbers()
    private var views = 0
    private var cachesKept = 0

    private final class Numbers: Sendable {
        private let last = Mutex<Int64>(0)
        func next() -> LayerID {
            LayerID(
                last.withLock {
                    $0 += 1; return $0
                })
        }
        var given: Int64 { last.withLock { $0 } }
    }

    private static let support = Result { () throws in
        try OverlaySupport.probe(in: Directory(opening: "/tmp"))
    }

    init() throws {
        scratch = try Scratch()
        _ = try scratch.makeDirectory("source")
        let place = try scratch.makeDirectory("store")
        store = try LayerStore(in: place, mounter: OverlayMounter(try Self.support.get()))
    }

    var source: SharedDirectory {
        get throws { SharedDirectory(try scratch.directory.openDirectory(sourceName)) }
    }

    /// Changes the source by a shell script.
    func change(_ script: String) throws { try scratch.sh(script, in: sourceName) }

    struct Taken {
        let report: IngestReport
        let isNew: Bool
        let hasLayer: Bool
    }

    /// Ingests the source and keeps what came of it for the next time.
    @discardableResult
    func ingest(view: Bool = false) async throws -> Taken {
        try await ingest(
            CallerDirectory(
                root: try source, identity: identity,
                view: view ? SharedDirectory(try Directory(opening: "/")) : nil))
    }

    /// Ingests a directory and keeps what came of it for the next time.
    @discardableResult
    func ingest(_ caller: CallerDirectory) async throws -> Taken {
        try await ingest(.directory(caller), request)
    }

    func ingest(_ source: RevisionSource, _ request: IgnoreRequest) async throws -> Taken {
        var ingest = RevisionIngest(of: source, request, previous: previous)
        ingest.limits = limits
        let (store, numbers) = (store, numbers)
        let before = numbers.given
        switch try await ingest.run(into: { try LayerBuilder(numbers.next(), in: store) }) {
        case .unchanged(let report):
            keep(report)
            return Taken(report: report, isNew: false, hasLayer: numbers.given > before)
        case .new(let report, let builder):
            layers.append(try builder.commit())
            keep(report)
            return Taken(report: report, isNew: true, hasLayer: true)
        }
    }

    /// Ingests the source and answers why that was refused; nil if it was not.
    func refusal(view: Bool = false) async throws -> Failure? {
        do {
            try await ingest(view: view)
            return nil
        } catch let failure as Failure {
            return failure
        }
    }

    /// What the revision ingested last has at a path.
    func entry(_ path: String) -> SourceEntry? { entry(Array(path.utf8)) }

    func entry(_ path: [UInt8]) -> SourceEntry? {
        previous?.manifest.entry(at: EntryPath(unchecked: path))
    }

    /// The digest of a file's content in the revision ingested last.
    func content(_ path: String) -> Digest? {
        guard case .file(_, let content)? = entry(path) else { return nil }
        return content
    }

    /// The absolute path of something in the source.
    func path(_ name: String) -> String { "\(scratch.path)/\(sourceName)/\(name)" }

    /// Every other cache goes through its file, as in a daemon that is restarted now and then.
    private func keep(_ report: IngestReport) {
        if report.cache != nil { cachesKept += 1 }
        let isRead = cachesKept.isMultiple(of: 2)
        let cache = report.cache.flatMap { isRead ? StatCache(encoded: $0.encoded()) : $0 }
        previous = PreviousRevision(
            manifest: report.manifest, ingested: report.ingested, cache: cache ?? previous?.cache)
    }

    /// Forgets what `stat` said, as after the loss of the cache.
    func forgetCache() {
        previous = previous.map {
            PreviousRevision(
                manifest: $0.manifest, ingested: $0.ingested, cache: nil)
        }
    }

    /// As if the clock had been at `time` when the last ingest was made.
    func pretendIngested(at time: Timestamp) {
        previous = previous.map {
            PreviousRevision(
                manifest: $0.manifest, ingested: time, cache: $0.cache)
        }
    }

    /// Mounts the layers as a step's workspace and answers the path.
    func mountView() throws -> String {
        views += 1
        let name = "view\(views)"
        _ = try scratch.makeDirectory(name)
        let lowers =
            layers.reversed().map { "\(scratch.path)/store/layers/\($0)" } + ["\(scratch.path)/store/empty"]
        try scratch.sh(
            "mount -t overlay overlay -o ro,redirect_dir=nofollow,metacopy=off,index=off,lowerdir=\(lowers.joined(separator: ":")) \(name)"
        )
        return "\(scratch.path)/\(name)"
    }

    /// Kind, mode, target and path of every entry, and the content of files; of the stack of layers and of the source.
    func listings(leavingOut names: [String] = []) throws -> (view: String, source: String) {
        let view = try mountView()
        let prune = names.map { "-name '\($0)' -prune -o" }.joined(separator: " ")
        let script =
            "find . \(prune) -printf '%y %m %l %P\\n' | LC_ALL=C sort; "
            + "find . \(prune) -type f -print0 | LC_ALL=C sort -z | xargs -0 -r sha256sum -z | tr '\\0' '\\n'"
        let listings = (
            view: String(decoding: try Shell.run("cd \(view) && \(script)"), as: UTF8.self),
            source: String(
                decoding: try Shell.run("cd \(scratch.path)/\(sourceName) && \(script)"), as: UTF8.self)
        )
        try scratch.sh("umount \(view)")
        return listings
    }

    /// `stat` of a path in the view, in a format of stat(1).
    func stat(_ format: String, _ path: String) throws -> String {
        let view = try mountView()
        defer { _ = try? scratch.sh("umount \(view)") }
        return String(
            decoding: try Shell.run("stat -c '\(format)' \(view)/\(path)"), as: UTF8.self
        ).trimmingNewline
    }
}

extension String {
    var trimmingNewline: String { hasSuffix("\n") ? String(dropLast()) : self }
}

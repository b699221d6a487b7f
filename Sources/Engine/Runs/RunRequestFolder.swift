import Linux
import Model
import Synchronization
import SystemPackage

/// Where a run's request is kept for as long as the run is under way, with what is decided meanwhile, so that a later life
/// of the daemon can go on with it.
///
/// It has the values that are passed to steps, and so lies beside the mounts (on a tmpfs), never in the store, and is gone
/// with the machine's boot. One change at a time, and none after it was removed. Everything here blocks.
final class RunRequestFolder: Sendable {
    private let run: String
    private let path: String
    private let isKept = Mutex(true)

    private static let request = "request.json"
    private static let images = "images.json"
    private static let ending = "ending"

    init(of run: String, in mountsDirectory: String) {
        self.run = run
        path = "\(mountsDirectory)/\(run)"
    }

    private func directory() throws(Errno) -> Directory { try Directory(opening: path, following: false) }

    /// Makes the folder for a new run.
    func write(_ request: KeptRunRequest) throws {
        try Directory.makeFolders(path, mode: 0o700)
        try directory().replace(Self.request, with: request)
    }

    /// A name of an image stands for one image throughout a run.
    func keep(_ images: [String: Digest]) throws {
        try change { try directory().replace(Self.images, with: images) }
    }

    /// That somebody asked for the run's end outlives the daemon too.
    func note(_ ending: KeptRunEnding) throws {
        try change { try directory().replace(Self.ending, with: ending) }
    }

    func remove() throws(Errno) {
        try isKept.withLock { isKept throws(Errno) in
            isKept = false
            try Directory.removeTree(at: path)
        }
    }

    private func change(_ body: () throws -> Void) throws {
        try isKept.withLock { if $0 { try body() } }
    }

    // MARK: - What a later life finds

    /// Nil where there is none that this boot and this version can go on with.
    func kept() -> KeptRunRequest? {
        guard let directory = try? directory(),
            let request = try? directory.value(Self.request, as: KeptRunRequest.self), request.version == 1,
            request.run == run, request.boot == (try? SystemClock.bootID())
        else { return nil }
        return request
    }

    func keptImages() -> [String: Digest] {
        (try? directory().value(Self.images, as: [String: Digest].self)) ?? [:]
    }

    func keptEnding() -> KeptRunEnding? { try? directory().value(Self.ending, as: KeptRunEnding.self) }
}

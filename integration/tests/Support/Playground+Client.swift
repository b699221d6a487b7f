import API
import Client
import Foundation
import Model
import Testing

extension Playground {
    /// The daemon by the functions of the client.
    var client: VarveClient { VarveClient(socket: socket) }

    /// Imports the image `bare`, on which a test runs commands of the host: a few old entries, and a file in the
    /// place of the shell.
    func importBareImage() async throws {
        let image = root + "/bare"
        let made = try await Self.shell(
            """
            mkdir -p '\(image)/bin' '\(image)/play/lower/deep' '\(image)/tmp'
            cd '\(image)'; touch bin/sh; chmod 755 bin/sh; chmod 1777 tmp
            echo lower > play/lower/file; ln -s file play/lower/link; echo deep > play/lower/deep/file
            echo pair > play/lower/pair; ln play/lower/pair play/lower/second; setfattr -n user.origin -v image play/lower/file
            find . -exec touch -h -d @1000000000.123456789 {} +
            """, in: "/")
        try #require(made.status == 0, "\(made.stderr)")
        let imported = try await varve(["image", "import", "bare", image])
        try #require(imported.status == 0, "\(imported.stderr)")
    }

    /// Registers the project's present state as a revision of the workspace `project`.
    func registerProject() async throws {
        _ = try await client.createRevision(
            of: try .init("project", kind: "workspace"), Wire.RevisionRequest(path: project))
    }

    /// A lease on a step of the image `bare`, or on a snapshot, which was never run before.
    func lease(
        _ key: String, command: String? = nil, on parent: String? = nil, ttlSeconds: Int64 = 600
    ) async throws -> Wire.Lease {
        let base = parent.map { "parent: \($0)" } ?? "image: bare"
        let step = "{key: \(key), cmd: \"\(command ?? ": \(key)")\", \(base), cache: forever, network: none}"
        let offer = try await client.prepareLease(
            Wire.LeaseRequest(step: .text(step), workspace: "project", ttlSeconds: ttlSeconds))
        guard case .prepared(let lease) = offer else {
            Issue.record("step \(key) was a hit")
            throw CancellationError()
        }
        return lease
    }

    /// Commits a lease, and gives its snapshot.
    func commit(_ lease: Wire.Lease) async throws -> String {
        try #require(try await client.commitLease(lease.id, exitCode: 0).snapshot)
    }

    /// Leases and their mounts would outlive the daemon.
    func discardLeases() async {
        guard daemon.pid != nil, let leases = try? await client.leases().items else { return }
        for lease in leases { try? await client.discardLease(lease.id, force: true) }
    }

    /// Waits until `condition` gives nothing any more; what it gives after a minute is a failure.
    func awaitNone(_ what: String, _ condition: () async throws -> [String]) async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while case let left = try await condition(), !left.isEmpty {
            guard ContinuousClock.now < deadline else {
                Issue.record("\(what): \(left.joined(separator: "\n"))")
                return
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}

import Archives
import Foundation
import Layers
import Linux
import Model
import Synchronization
import Testing

@testable import Engine

@Suite struct `The revision below a snapshot` {
    /// An archive in memory, read when it has been written.
    private final class Kept: ByteSink, ByteSource, Sendable {
        private let rest = Mutex<[UInt8]>([])

        func write(_ bytes: UnsafeRawBufferPointer) {
            // SAFETY: the bytes are copied at once.
            let copy = unsafe Array(bytes)
            rest.withLock { $0 += copy }
        }

        func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
            let room = buffer.count
            let part = rest.withLock { rest in
                let part = Array(rest.prefix(room))
                rest.removeFirst(part.count)
                return part
            }
            // SAFETY: the part is not longer than the buffer.
            unsafe buffer.copyBytes(from: part)
            return part.count
        }
    }

    private static let scope = Scope(owner: 0)

    /// The snapshot of a step of user 1000 and group 1001 that puts a file beside one of the source.
    private func snapshot(cache: String, in fixture: EngineFixture) async throws -> String {
        let source = fixture.root + "/source"
        try FileManager.default.createDirectory(
            atPath: source + "/dir", withIntermediateDirectories: true)
        try Data("old\n".utf8).write(to: URL(filePath: source + "/dir/old"))
        let name = try ResourceName("w", kind: "workspace")
        _ = try await fixture.engine.registerRevision(
            of: name, RevisionRequest(path: Array(source.utf8)), by: try EngineFixture.peer, in: Self.scope)
        let pipeline = try EngineFixture.pipeline(
            """
            version: 1
            image: busybox
            steps: [{key: a, run: echo new > dir/new, user: "1000:1001", cache: \(cache), network: none}]
            """)
        let run = try await fixture.engine.startRun(
            RunRequest(pipeline: pipeline, workspace: name, revision: nil, options: RunOptions()),
            for: Self.scope, outputs: nil)
        _ = try await fixture.events(of: run.id)
        return try #require(try await fixture.engine.run(run.id, in: .everywhere).steps.first?.snapshot)
    }

    @Test(arguments: ["forever", "none"])
    func `belongs to the step's user in an archive of its files, as it did in the step`(
        cache: String
    ) async throws {
        try await EngineFixture.open { fixture in
            let snapshot = try await snapshot(cache: cache, in: fixture)
            let archive = Kept()
            try await fixture.engine.files(
                of: snapshot, path: ".", revision: nil, deltaOnly: false, in: .everywhere, to: archive)
            var owners: [String: [UInt32]] = [:]
            var reader = try ArchiveReader(plain: archive)
            while let entry = try reader.next() {
                let path = String(decoding: entry.path, as: UTF8.self)
                owners[path] = [entry.metadata.uid, entry.metadata.gid]
            }
            #expect(owners.keys.contains("dir/old") && owners.keys.contains("dir/new"), "\(owners)")
            #expect(owners.values.allSatisfy { $0 == [1000, 1001] }, "\(owners)")
        }
    }

    @Test func `belongs to the step's user in a view on this host`() async throws {
        try await EngineFixture.open { fixture in
            let request = ViewRequest(
                snapshot: try await snapshot(cache: "forever", in: fixture), revision: nil,
                lifetime: TimeSpan(seconds: 60), holder: LeaseHolder(uid: 0, gid: 0))
            let view = try await fixture.engine.prepareView(request, for: Self.scope, reach: .everywhere)
            do {
                // Whoever has it open holds the lease's tree.
                let workspace = try Directory(opening: try #require(view.workspace))
                for path in ["dir", "dir/old", "dir/new"] {
                    let status = try workspace.status(path)
                    #expect(status.uid == 1000 && status.gid == 1001, "\(path)")
                }
            }
            try await fixture.engine.discardLease(view.lease.id, force: false, in: .everywhere)
        }
    }

    @Test func `has no changes where the step's user has only what was his`() async throws {
        try await EngineFixture.open { fixture in
            let snapshot = try await snapshot(cache: "forever", in: fixture)
            let page = try await fixture.engine.changes(of: snapshot, in: .everywhere, limit: 100, after: nil)
            let changes = page.changes.filter { $0.area == .workspace }.map(\.change)
            #expect(changes.map(\.path.description) == ["dir/new"])
        }
    }
}

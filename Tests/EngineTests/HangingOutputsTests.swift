import Catalog
import Foundation
import Glibc
import Linux
import Model
import TestSupport
import Testing

@testable import Engine

/// A FUSE server may be stopped and an NFS server gone: what is asked of them then ends when they say so.
@Suite struct `A directory for outputs that never answers` {
    private static let pipeline = """
        version: 1
        image: busybox
        steps: [{key: a, run: "mkdir dist; echo out > dist/app", outputs: [dist], network: none}]
        """

    /// A process that serves a file system on `path`, and never answers what it is asked of it; what waits is refused once it
    /// has ended. It makes the file `asked` when it is asked for the first time.
    private func serveSilence(on path: String, noting asked: String) throws -> Child {
        let script = """
            import ctypes, os, struct, sys
            device = os.open("/dev/fuse", os.O_RDWR)
            options = f"fd={device},rootmode=40000,user_id=0,group_id=0".encode()
            if ctypes.CDLL(None).mount(b"silence", sys.argv[1].encode(), b"fuse", 6, options):
                sys.exit("refused")
            greeting = struct.unpack_from("<Q", os.read(device, 1 << 20), 8)[0]
            answer = struct.pack("<IIIIHHIIHHI", 7, 31, 0, 0, 12, 8, 1 << 17, 1, 32, 0, 0) + bytes(28)
            os.write(device, struct.pack("<IiQ", 16 + len(answer), 0, greeting) + answer)
            print("mounted", flush=True)
            os.read(device, 1 << 20)
            open(sys.argv[2], "x").close()
            sys.stdin.read()
            """
        let child = try Child(["python3", "-c", script, path, asked])
        let said = try child.waitForLine()
        #expect(said == "mounted")
        return child
    }

    private func start(in fixture: EngineFixture, outputs: String) async throws -> LiveRun {
        let (engine, peer, scope) = (fixture.engine, try EngineFixture.peer, Scope(owner: 0))
        let project = fixture.root + "/project"
        try FileManager.default.createDirectory(atPath: project, withIntermediateDirectories: true)
        let workspace = try ResourceName("project", kind: "workspace")
        _ = try await engine.registerRevision(
            of: workspace, RevisionRequest(path: Array(project.utf8)), by: peer, in: scope)
        let request = RunRequest(
            pipeline: try EngineFixture.pipeline(Self.pipeline), workspace: workspace, revision: nil,
            options: RunOptions())
        let directory = try await engine.openOutputs(Array(outputs.utf8), by: peer)
        let record = try await engine.startRun(request, for: scope, outputs: directory)
        return try #require(engine.liveRuns[record.id], "it is over already")
    }

    @Test(.timeLimit(.minutes(2))) func `does not hold the run that is cancelled`() async throws {
        try await EngineFixture.open { fixture in
            let (outputs, asked) = (fixture.root + "/outputs", fixture.root + "/asked")
            try FileManager.default.createDirectory(
                atPath: outputs + "/dist", withIntermediateDirectories: true)
            // SAFETY: the string outlives the call.
            defer { _ = unsafe umount2(outputs + "/dist", CInt(MNT_DETACH)) }
            let server = try serveSilence(on: outputs + "/dist", noting: asked)
            let run = try await start(in: fixture, outputs: outputs)
            try await eventually("the file system is asked") { FileManager.default.fileExists(atPath: asked) }
            await fixture.engine.end(run, because: .requested)
            await run.finished()
            let scope = run.frozen.scope
            #expect(fixture.engine.outputWork.left(of: scope) == 1)
            server.end()
            try await eventually("the work left behind ends") {
                fixture.engine.outputWork.left(of: scope) == 0
            }
            let steps = try await fixture.engine.catalog.steps(of: run.id)
            #expect(run.outcome?.status == .cancelled && steps.map(\.status) == [.cancelled])
            #expect(steps.first?.snapshot != nil, "what the step left is lost")
            #expect(try await fixture.events(of: run.id).contains("outputs-left"))
        }
    }

    /// Work that goes on until `answers` end, cancelled or not.
    private func leave(
        _ work: OutputWork, for scope: Scope, until answers: AsyncStream<Void>
    ) async -> FailureCode? {
        let task = Task { () -> FailureCode? in
            do throws(Failure) {
                try await work.perform(for: scope) { () async throws(Failure) in
                    await Task { for await _ in answers {} }.value
                }
                return nil
            } catch {
                return error.code
            }
        }
        task.cancel()
        return await task.value
    }

    @Test func `is not asked by ever more threads, nor by fewer of another's`() async throws {
        let work = OutputWork(limit: 2, patience: .milliseconds(10))
        let (mine, other) = (Scope(owner: 7), Scope(owner: 8))
        let (answers, answer) = AsyncStream.makeStream(of: Void.self)
        for left in 1...2 {
            #expect(await leave(work, for: mine, until: answers) == .cancelled)
            #expect(work.left(of: mine) == left)
        }
        #expect(await leave(work, for: mine, until: answers) == .outputFailed)
        let others = try await work.perform(for: other) { 1 }
        #expect(others == 1)
        answer.finish()
        while work.left(of: mine) > 0 { await Task.yield() }
        let later = try await work.perform(for: mine) { 2 }
        #expect(later == 2)
    }

    @Test func `is waited for when it ends in time after a cancellation`() async throws {
        let work = OutputWork(limit: 2, patience: .seconds(600))
        let task = Task {
            try await work.perform(for: Scope(owner: 7)) { () async throws(Failure) -> Bool in
                while !Task.isCancelled { await Task.yield() }
                return true
            }
        }
        task.cancel()
        #expect(try await task.value)
    }
}

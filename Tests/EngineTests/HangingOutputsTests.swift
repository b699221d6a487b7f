import Catalog
import Foundation
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
            let silence = try SilentFileSystem(on: outputs + "/dist", noting: asked)
            let run = try await start(in: fixture, outputs: outputs)
            try await eventually("the file system is asked") { FileManager.default.fileExists(atPath: asked) }
            await fixture.engine.end(run, because: .requested)
            await run.finished()
            let scope = run.frozen.scope
            #expect(fixture.engine.outputWork.left(of: scope) == 1)
            silence.end()
            try await eventually("the work left behind ends") {
                fixture.engine.outputWork.left(of: scope) == 0
            }
            let steps = try await fixture.engine.catalog.steps(of: run.id)
            #expect(run.outcome?.status == .cancelled && steps.map(\.status) == [.cancelled])
            #expect(steps.first?.snapshot != nil, "what the step left is lost")
            #expect(try await fixture.events(of: run.id).contains("outputs-left"))
        }
    }

    /// Work that goes on until `answers` end, cancelled or not; with how it came out for who waits for it.
    private func begin(
        _ work: OutputWork, for scope: Scope, until answers: AsyncStream<Void>
    ) -> Task<FailureCode?, Never> {
        Task {
            do throws(Failure) {
                try await work.perform(for: scope) { () async throws(Failure) in
                    await Task { for await _ in answers {} }.value
                }
                return nil
            } catch {
                return error.code
            }
        }
    }

    private func leave(
        _ work: OutputWork, for scope: Scope, until answers: AsyncStream<Void>
    ) async -> FailureCode? {
        let task = begin(work, for: scope, until: answers)
        task.cancel()
        return await task.value
    }

    @Test func `is not asked by ever more threads, nor by fewer of another's`() async throws {
        let work = OutputWork(OutputWork.Limits(underWay: 5, left: 2, patience: .milliseconds(10)))
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
        try await eventually("the work left behind ends") { work.left(of: mine) == 0 }
        let later = try await work.perform(for: mine) { 2 }
        #expect(later == 2)
    }

    @Test func `has so many threads at most, however many steps are cancelled at once`() async throws {
        let work = OutputWork(OutputWork.Limits(underWay: 3, left: 2, patience: .milliseconds(10)))
        let scope = Scope(owner: 7)
        let (answers, answer) = AsyncStream.makeStream(of: Void.self)
        let tasks = (0..<20).map { _ in begin(work, for: scope, until: answers) }
        try await eventually("all but three wait") {
            work.waiting(of: scope) == 17 && work.underWay(of: scope) == 3
        }
        for task in tasks { task.cancel() }
        for task in tasks { #expect(await task.value != nil) }
        #expect(work.underWay(of: scope) == 3 && work.left(of: scope) == 3)
        answer.finish()
        try await eventually("the work left behind ends") { work.underWay(of: scope) == 0 }
        #expect(work.left(of: scope) == 0)
        // Every turn is free again.
        try await withThrowingTaskGroup { group in
            for _ in 0..<10 { group.addTask { try await work.perform(for: scope) {} } }
            try await group.waitForAll()
        }
        #expect(work.underWay(of: scope) == 0)
    }

    @Test func `is not waited for by those whose turn may never come`() async throws {
        let work = OutputWork(OutputWork.Limits(underWay: 2, left: 2, patience: .milliseconds(10)))
        let scope = Scope(owner: 7)
        let (answers, answer) = AsyncStream.makeStream(of: Void.self)
        let working = (0..<2).map { _ in begin(work, for: scope, until: answers) }
        try await eventually("two are under way") { work.underWay(of: scope) == 2 }
        let waiting = begin(work, for: scope, until: answers)
        try await eventually("one waits") { work.waiting(of: scope) == 1 }
        for task in working { task.cancel() }
        #expect(await waiting.value == .outputFailed)
        answer.finish()
        try await eventually("the work left behind ends") { work.underWay(of: scope) == 0 }
    }

    @Test func `is waited for when it ends in time after a cancellation`() async throws {
        let work = OutputWork(OutputWork.Limits(underWay: 5, left: 2, patience: .seconds(600)))
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

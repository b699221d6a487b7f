import Linux
import Model
import SystemPackage
import Testing

@testable import Sandbox

/// Whoever holds a lease has its bundle to himself, and may put anything there.
@Suite struct StepSweepTests {
    private func supervisor(of id: String, in fixture: Fixture) throws -> Int32? {
        let bundle = try Directory(opening: try fixture.bundle(id), following: false)
        return try SupervisorProcess.holding(bundle)?.handle.pid
    }

    @Test func `a lock in a bundle that another user may write to names no process to be killed`()
        async throws
    {
        let fixture = try Fixture()
        let step = try fixture.start("echo ready; sleep 1000")
        let log = try step.log()
        _ = try await log.next()
        let bundle = try Directory(opening: try fixture.bundle(step.id), following: false)
        #expect(try supervisor(of: step.id, in: fixture) == step.pid)
        try bundle.setOwner("supervisor.lock", uid: 1000, gid: 1000)
        #expect(try supervisor(of: step.id, in: fixture) == nil)
        try bundle.setOwner("supervisor.lock", uid: 0, gid: 0)
        try bundle.descriptor.setOwner(uid: 1000, gid: 1000)
        #expect(try supervisor(of: step.id, in: fixture) == nil)
        let isResumed =
            try fixture.supervisor.resume(
                id: step.id, bundle: try fixture.bundle(step.id), results: try fixture.results(step.id))
            != nil
        #expect(!isResumed)
        try bundle.descriptor.setOwner(uid: 0, gid: 0)
        #expect(StepSweep(fixture.configuration).run() == [])
        try fixture.expectNothingLeft(of: step.id)
    }

    enum Impostor: CaseIterable, Sendable { case fifo, device, link, directory }

    @Test(.timeLimit(.minutes(1)), arguments: Impostor.allCases)
    func `a FIFO, device, link or directory in the place of the lock is none`(impostor: Impostor) throws {
        let fixture = try Fixture()
        let bundle = try Directory(opening: try fixture.bundle("1"), following: false)
        switch impostor {
        case .fifo: try bundle.createNode("supervisor.lock", kind: .fifo, mode: 0o600)
        case .device:
            // `/dev/zero`.
            try bundle.createNode(
                "supervisor.lock", kind: .characterDevice, mode: 0o600,
                device: DeviceNumber(major: 1, minor: 5))
        case .link: try bundle.createLink("supervisor.lock", target: "/dev/zero")
        case .directory: try bundle.createDirectory("supervisor.lock")
        }
        #expect(try supervisor(of: "1", in: fixture) == nil)
        #expect(StepSweep(fixture.configuration).run() == [])
    }
}

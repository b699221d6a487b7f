import Foundation
import Model
import Testing

@testable import Engine

@Suite struct `Leases on one identity` {
    private func lease(_ fixture: EngineFixture, _ command: String) async throws -> PreparedLease {
        let pipeline = try EngineFixture.pipeline(
            "version: 1\nimage: busybox\nsteps: [{key: a, run: \(command), workspace: none, cache: forever}]")
        let request = LeaseRequest(
            step: try #require(pipeline.steps.first), parent: nil, workspace: nil, revision: nil,
            workspaceTarget: .usualWorkspace, mountPoints: [], noCache: false, untrusted: false,
            lifetime: Lease.defaultLifetime, holder: LeaseHolder(uid: 0, gid: 0))
        let offer = try await fixture.engine.prepareLease(request, for: Scope(owner: 0), reach: .everywhere)
        guard case .prepared(let prepared) = offer else { throw Unprepared() }
        return prepared
    }

    private struct Unprepared: Error {}

    @Test func `that are committed at the same moment, each with something else in it, have one snapshot`()
        async throws
    {
        try await EngineFixture.open { fixture in
            for round in 1...10 {
                var leases: [PreparedLease] = []
                for number in 1...8 {
                    let prepared = try await lease(fixture, "round\(round)")
                    try Data("\(number)".utf8).write(to: URL(filePath: prepared.rootfs + "/written"))
                    leases.append(prepared)
                }
                let commits = try await withThrowingTaskGroup(of: LeaseCommit.self) { group in
                    for prepared in leases {
                        group.addTask {
                            try await fixture.engine.commitLease(
                                prepared.lease.id, exitCode: 0, in: .everywhere)
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(commits.count { !$0.isAdopted } == 1, "round \(round)")
                #expect(Set(commits.map(\.snapshot)).count == 1, "round \(round)")
            }
        }
    }
}

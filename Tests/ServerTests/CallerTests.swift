import Foundation
import Model
import Server
import Subprocess
import Testing

@Suite struct `A caller is who the kernel says` {
    /// A user without a name.
    private let user: UInt32 = 47_110

    @Test func `and sees nothing of others`() async throws {
        try await ServerFixture.serve(
            group: "\(user)",
            prepare: { store in
                try await ServerFixture.addRun("0000000000000001", events: [], to: store)
            }
        ) { fixture in
            let own = try await fixture.request("GET", "/v1/runs/0000000000000001")
            #expect(own.status == 200)
            #expect(try await get(fixture, "/v1/runs/0000000000000001") == 404)
            #expect(try await get(fixture, "/v1/runs/0000000000000001/events") == 404)
            #expect(try await get(fixture, "/v1/runs") == 200)
            #expect(try await get(fixture, "/v1/runs?scope=uid:\(user)") == 200)
            for scope in ["uid:0", "all", "shared"] {
                #expect(try await get(fixture, "/v1/runs?scope=\(scope)") == 403, "\(scope)")
            }
        }
    }

    @Test func `unless in an admin group`() async throws {
        let configuration = ServerConfiguration(adminGroups: [user])
        try await ServerFixture.serve(
            configuration, group: "\(user)",
            prepare: { store in
                try await ServerFixture.addRun("0000000000000001", events: [], to: store)
            }
        ) { fixture in
            let list = try await get(fixture, "/v1/runs?scope=uid:0")
            let run = try await get(fixture, "/v1/runs/0000000000000001")
            #expect(list == 200 && run == 200)
        }
    }

    @Test func `and others than the socket's group don't get in`() async throws {
        try await ServerFixture.serve(group: "0") { fixture in
            let status = try await get(fixture, "/v1/info")
            #expect(status == 0)
        }
    }

    /// The status a request of `user` gets; 0 for no answer.
    private func get(_ fixture: ServerFixture, _ path: String) async throws -> Int {
        // The way to the socket must be open to others.
        for directory in [fixture.root, fixture.root + "/socket"] {
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: directory)
        }
        let answer = try await Subprocess.run(
            .name("setpriv"),
            arguments: [
                "--reuid", "\(user)", "--regid", "\(user)", "--clear-groups", "curl", "-s", "-o", "/dev/null",
                "-w",
                "%{http_code}", "--max-time", "20", "--unix-socket", fixture.socket, "http://varve\(path)",
            ], output: .string(limit: 100))
        return Int(answer.standardOutput) ?? -1
    }
}

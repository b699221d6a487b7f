import Foundation
import TestSupport
import Testing

@Suite struct `A lease over time` {
    @Test func `ends when its time is up, with what runs in its bundle, and can't be committed`() async throws
    {
        try await withLeases { leases in
            let lease = try await leases.lease("sleep 1000", more: ", \"ttl_seconds\": 2")
            let running = Task { try await leases.run(lease) }
            let output = try await running.value
            #expect(output.status != 0)
            let commit = try await leases.commit(lease["id"])
            #expect(commit.status == 410 && commit.code == "lease-ended")
            #expect(try await leases.send("GET", "/v1/leases/\(lease["id"])").status == 410)
            #expect(!FileManager.default.fileExists(atPath: lease["rootfs"]))
        }
    }

    @Test func `lives on when it is renewed`() async throws {
        try await withLeases { leases in
            let lease = try await leases.lease("true", more: ", \"ttl_seconds\": 5")
            let renewed = try await leases.send(
                "POST", "/v1/leases/\(lease["id"])/renew", "{\"ttl_seconds\": 600}")
            #expect(renewed.status == 200 && renewed["expires_at"] > lease["expires_at"])
            let usual = try await leases.send("POST", "/v1/leases/\(lease["id"])/renew")
            #expect(usual.status == 200 && usual["expires_at"] < renewed["expires_at"], "\(usual.body)")
            try await Task.sleep(for: .seconds(6))
            #expect(try await leases.commit(lease["id"]).status == 200)
        }
    }

    @Test(arguments: [false, true]) func `survives the daemon's restart`(isKilled: Bool) async throws {
        try await withLeases { leases in
            let lease = try await leases.lease("cat a.txt > /seen")
            let output = try await leases.run(lease)
            #expect(output.status == 0, "\(output.stderr)")
            if isKilled { await leases.play.daemon.kill() } else { await leases.play.daemon.stop() }
            try await leases.play.daemon.start()
            let found = try await leases.send("GET", "/v1/leases/\(lease["id"])")
            #expect(found.status == 200 && found["rootfs"] == lease["rootfs"])
            let commit = try await leases.commit(lease["id"])
            #expect(commit.status == 200, "\(commit.body)")
            let files = try await leases.play.request(
                "GET", "/v1/snapshots/\(commit["snapshot"])/files?path=/seen")
            #expect(files.stdout.contains("source"))
        }
    }

    @Test func `whose mounts went away with the daemon is ended, and leaves nothing`() async throws {
        try await withLeases { leases in
            let lease = try await leases.lease("true")
            await leases.play.daemon.kill()
            _ = try await Playground.shell(
                "umount '\(lease["workspace"])' && umount '\(lease["rootfs"])'", in: "/")
            try await leases.play.daemon.start()
            #expect(try await leases.commit(lease["id"]).code == "lease-ended")
            #expect(try await leases.play.leftovers() == [])
        }
    }

    @Test(arguments: [false, true])
    func `whose tree has grown beyond its limit is not committed, also after a restart, and leaves nothing`(
        isRestarted: Bool
    ) async throws {
        try await withLeases { leases in
            let limits = #"{"disk": "1MiB"}"#
            let small = try await leases.lease("true", key: "small", limits: limits)
            try await leases.play.shell("head -c 500000 /dev/zero > '\(small["rootfs"])/kept'")
            let lease = try await leases.lease("false", key: "large", limits: limits)
            if isRestarted {
                await leases.play.daemon.stop()
                try await leases.play.daemon.start()
            }
            try await leases.play.shell("head -c 3000000 /dev/zero > '\(lease["workspace"])/large'")
            let commit = try await leases.commit(lease["id"])
            #expect(commit.status == 422 && commit.code == "disk-limit", "\(commit.body)")
            #expect(commit["detail"].contains("step large wrote"), "\(commit.body)")
            let again = try await leases.commit(lease["id"])
            #expect(again.code == "disk-limit" && again["detail"] == commit["detail"], "\(again.body)")
            let gone = try await leases.send("GET", "/v1/leases/\(lease["id"])")
            #expect(gone.status == 410 && gone["detail"].contains("step large wrote"), "\(gone.body)")
            #expect(try await leases.commit(small["id"]).status == 200)
            #expect(try await leases.play.leftovers() == [])
        }
    }

    @Test func `whose command writes on beyond its limit is ended with it`() async throws {
        try await withLeases { leases in
            let lease = try await leases.lease(
                "dd if=/dev/zero of=/large bs=1M count=3; sleep 1000", limits: #"{"disk": "1MiB"}"#)
            let output = try await leases.run(lease)
            #expect(output.status != 0)
            try await eventually("its end") {
                try await leases.send("GET", "/v1/leases/\(lease["id"])").status == 410
            }
            #expect(try await leases.commit(lease["id"]).code == "disk-limit")
            #expect(try await leases.play.leftovers() == [])
        }
    }
}

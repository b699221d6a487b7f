import Foundation
import TestSupport
import Testing

@Suite struct `A lease with volumes` {
    private let cache = #"[{"volume": "cache", "paths": ["/files", "/base"], "over": "image"}]"#

    /// Of a run, so that it has the volumes of the leases' workspace.
    private let named = ["--workspace", "project"]

    private func actions(_ reply: LeaseClient.Reply) -> [String] {
        guard case .array(let volumes)? = reply.body["volumes"] else { return [] }
        return volumes.map { $0["action"]?.text ?? "" }
    }

    @Test func `begins with what the last step left, and leaves all its places as one version`() async throws
    {
        try await withLeases { leases in
            let run = try await leases.play.step(
                "echo one > /files/one; echo 1 > /base/count",
                mounts: "[{volume: cache, paths: [/files, /base]}]", named)
            #expect(run.exitCode == 0, "\(run.stderr)")
            let script = "cat /files/one && echo two > /files/two && echo 2 > /base/count"
            let lease = try await leases.lease(script, cache: "\"none\"", mounts: cache)
            #expect(lease.status == 201 && actions(lease) == ["attached"], "\(lease.body)")
            let seen = try String(contentsOfFile: lease["rootfs"] + "/files/one", encoding: .utf8)
            #expect(seen == "one\n", "the volume is on the host with the rest of the tree")
            let output = try await leases.run(lease)
            #expect(output.status == 0 && output.stdout == "one\n", "\(output.stderr)")
            let commit = try await leases.commit(lease["id"])
            #expect(commit.status == 200 && actions(commit) == ["saved"], "\(commit.body)")
            #expect(try await leases.commit(lease["id"]).body == commit.body, "a repetition is told the same")
            let after = try await leases.play.step(
                "cd /files; cat one two; cat /base/count",
                mounts: "[{volume: cache, paths: [/files, /base]}]", named)
            #expect(after.log(of: "s") == "one\ntwo\n2\n", "\(after.stderr)")
            let child = try await leases.lease("true", key: "child", parent: commit["snapshot"])
            let entries = try FileManager.default.contentsOfDirectory(atPath: child["rootfs"])
            #expect(
                !entries.contains("files") && !entries.contains("base"), "nothing of it is in the snapshot")
            #expect(try await leases.discard(child["id"]).status == 204)
            #expect(try await leases.play.leftovers() == [])
        }
    }

    @Test func `that fails, is discarded, expires or is not trusted leaves no version`() async throws {
        try await withLeases { leases in
            func bad(_ more: String = "") async throws -> LeaseClient.Reply {
                let lease = try await leases.lease(
                    "echo bad > /files/bad", cache: "\"none\"", more: more, mounts: cache)
                _ = try await leases.run(lease)
                return lease
            }
            let failed = try await bad()
            #expect(try await leases.commit(failed["id"], exitCode: 1).status == 200)
            let discarded = try await bad()
            #expect(try await leases.discard(discarded["id"]).status == 204)
            let expired = try await bad(", \"ttl_seconds\": 1")
            try await eventually("the lease's time is up") {
                try await leases.send("GET", "/v1/leases/\(expired["id"])").status == 410
            }
            let fork = try await bad(", \"untrusted\": true")
            let commit = try await leases.commit(fork["id"])
            #expect(actions(commit) == ["unchanged"], "\(commit.body)")
            #expect(try await leases.play.volumes().allSatisfy { $0["versions"] == .array([]) })
            #expect(try await leases.play.leftovers() == [])
        }
    }

    @Test func `is committed by the next daemon with what it wrote to them`() async throws {
        try await withLeases { leases in
            let lease = try await leases.lease("echo kept > /files/kept", cache: "\"none\"", mounts: cache)
            _ = try await leases.run(lease)
            await leases.play.daemon.stop()
            try await leases.play.daemon.start()
            let commit = try await leases.commit(lease["id"])
            #expect(commit.status == 200 && actions(commit) == ["saved"], "\(commit.body)")
            let after = try await leases.play.step(
                "cat /files/kept", mounts: "[{volume: cache, paths: [/files, /base]}]", named)
            #expect(after.log(of: "s") == "kept\n", "\(after.stderr)")
        }
    }

    @Test func `two at once lose nothing with union`() async throws {
        try await withLeases { leases in
            let union = #"[{"volume": "cache", "path": "/files", "write": "union"}]"#
            let first = try await leases.lease("echo x > /files/first", cache: "\"none\"", mounts: union)
            let second = try await leases.lease("echo x > /files/second", cache: "\"none\"", mounts: union)
            for lease in [first, second] {
                _ = try await leases.run(lease)
                #expect(try await leases.commit(lease["id"]).status == 200)
            }
            let after = try await leases.play.step(
                "ls /files", mounts: "[{volume: cache, path: /files, write: union}]", named)
            #expect(after.log(of: "s") == "first\nsecond\n", "\(after.stderr)")
        }
    }

    @Test func `says which commands let its volume go, and is busy until they have run`() async throws {
        try await withLeases { leases in
            let mounts =
                #"[{"volume": "cache", "path": "/files", "quiesce": {"before": "stop x", "after": "start x"}}]"#
            let lease = try await leases.lease("true", cache: "\"none\"", mounts: mounts)
            guard case .array(let volumes)? = lease.body["volumes"] else {
                Issue.record("\(lease.body)")
                return
            }
            #expect(volumes.first?["quiesce"]?["before"]?.text == "stop x")
            #expect(volumes.first?["quiesce"]?["after"]?.text == "start x")
            // A daemon outside of the bundle, as a package manager's builder is.
            let holder = try Holder(
                "exec 3>base.db; echo row >&3; exec sleep 1000", in: lease["rootfs"] + "/files")
            try await eventually("the file is there") {
                FileManager.default.fileExists(atPath: lease["rootfs"] + "/files/base.db")
            }
            let busy = try await leases.commit(lease["id"])
            #expect(busy.status == 409 && busy["detail"].contains("\(holder.pid)"), "\(busy.body)")
            let there = lease["rootfs"] + "/files/base.db"
            #expect(FileManager.default.fileExists(atPath: there), "nothing has changed")
            holder.end()
            let commit = try await leases.commit(lease["id"])
            #expect(commit.status == 200 && actions(commit) == ["saved"], "\(commit.body)")
        }
    }

    @Test func `whose step moves their places and puts links there has nothing of the host unmounted`()
        async throws
    {
        try await withLeases { leases in
            let outside = leases.play.root + "/outside"
            let script =
                "mkdir -p \(outside)/store && mount -t tmpfs none \(outside)/store && touch \(outside)/store/mine"
            try #require(try await Playground.shell(script, in: "/").status == 0)
            let lease = try await leases.lease(
                "mv /deep /away && ln -s \(outside) /deep", cache: "\"none\"",
                mounts: #"[{"volume": "cache", "path": "/deep/store"}]"#)
            #expect(lease.status == 201, "\(lease.body)")
            #expect(try await leases.run(lease).status == 0)
            let commit = try await leases.commit(lease["id"])
            #expect(commit.status == 410 && commit.code == "lease-ended", "\(commit.body)")
            #expect(FileManager.default.fileExists(atPath: outside + "/store/mine"))
            _ = try await leases.discard(lease["id"], force: true)
            #expect(FileManager.default.fileExists(atPath: outside + "/store/mine"))
            #expect(try await Playground.shell("umount \(outside)/store", in: "/").status == 0)
            #expect(try await leases.play.leftovers() == [])
        }
    }

    @Test func `has directories in memory in its bundle, and secrets are refused`() async throws {
        try await withLeases { leases in
            let lease = try await leases.lease(
                "grep -c ' /fast tmpfs ' /proc/mounts", cache: "\"none\"",
                mounts: #"[{"tmpfs": "/fast", "size": "1MiB"}]"#)
            let output = try await leases.run(lease)
            #expect(output.stdout == "1\n", "\(output.stderr)")
            #expect(try await leases.commit(lease["id"]).status == 200)
            let refused = try await leases.lease("true", mounts: #"[{"secret": "token"}]"#)
            #expect(refused.status == 422 && refused.code == "pipeline-invalid", "\(refused.body)")
            #expect(refused["detail"].contains("secret token"))
            let covered = try await leases.lease(
                "true", more: ", \"mountpoints\": [\"/files/inner\"]", mounts: cache)
            #expect(covered.status == 422 && covered.code == "bad-path", "\(covered.body)")
        }
    }
}

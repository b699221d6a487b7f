import Foundation
import Testing

@Suite struct `A lease` {
    @Test func `is looked up, run by any runtime, committed, and found afterwards`() async throws {
        try await withLeases { leases in
            let lease = try await leases.lease("cat a.txt > /seen && echo built >> a.txt")
            #expect(lease.status == 201, "\(lease.body)")
            #expect(lease.body["reason"]?["code"]?.text == "first-run")
            #expect(lease["workspace"] == lease["rootfs"] + "/workspace")
            let source = try String(contentsOfFile: lease["workspace"] + "/a.txt", encoding: .utf8)
            #expect(source == "source\n", "the mounts are on the host")
            let output = try await leases.run(lease)
            #expect(output.status == 0, "\(output.stderr)")
            let commit = try await leases.commit(lease["id"])
            #expect(commit.status == 200 && !commit["snapshot"].isEmpty, "\(commit.body)")
            #expect(!FileManager.default.fileExists(atPath: lease["rootfs"]))
            let hit = try await leases.lease("cat a.txt > /seen && echo built >> a.txt")
            #expect(hit.status == 200 && hit.body["hit"] == .bool(true))
            #expect(hit["snapshot"] == commit["snapshot"])
            let child = try await leases.lease("true", key: "child", parent: commit["snapshot"])
            let text = try String(contentsOfFile: child["workspace"] + "/a.txt", encoding: .utf8)
            #expect(text == "source\nbuilt\n")
            #expect(try await leases.discard(child["id"]).status == 204)
            #expect(try await leases.play.leftovers() == [])
        }
    }

    @Test func `is no hit any more once the source of what it changed is newer`() async throws {
        try await withLeases { leases in
            let lease = try await leases.lease("echo built >> a.txt")
            _ = try await leases.run(lease)
            _ = try await leases.commit(lease["id"])
            try leases.play.write("a.txt", "newer\n")
            try await leases.register()
            let again = try await leases.lease("echo built >> a.txt")
            #expect(again.status == 201)
            #expect(again.body["reason"]?["code"]?.text == "workspace-conflict")
            #expect(
                try String(contentsOfFile: again["workspace"] + "/a.txt", encoding: .utf8) == "newer\n")
        }
    }

    @Test func `that is committed second adopts the snapshot of the first`() async throws {
        try await withLeases { leases in
            let first = try await leases.lease("echo x > made")
            let second = try await leases.lease("echo x > made")
            #expect(first.status == 201 && second.status == 201)
            _ = try await leases.run(first)
            _ = try await leases.run(second)
            let one = try await leases.commit(first["id"])
            let two = try await leases.commit(second["id"])
            #expect(
                one.body["adopted"] == nil && two.body["adopted"] == .bool(true), "\(one.body) \(two.body)")
            #expect(one["snapshot"] == two["snapshot"])
        }
    }

    @Test func `that is committed second where the first's facts don't hold has a snapshot of its own`()
        async throws
    {
        try await withLeases { leases in
            func register(_ text: String) async throws -> String {
                try leases.play.write("a.txt", text)
                let reply = try await leases.send(
                    "POST", "/v1/workspaces/project/revisions", "{\"path\": \"\(leases.play.project)\"}")
                try #require(reply.status == 201, "\(reply.body)")
                return reply["digest"]
            }
            func lease(on revision: String) async throws -> LeaseClient.Reply {
                try await leases.lease("echo built >> a.txt", more: ", \"revision\": \"\(revision)\"")
            }
            let older = try await register("older\n")
            let newer = try await register("newer than that\n")
            let first = try await lease(on: older)
            let second = try await lease(on: newer)
            try #require(first.status == 201 && second.status == 201, "\(first.body) \(second.body)")
            #expect(!first["identity"].isEmpty && first["identity"] == second["identity"])
            for lease in [first, second] { #expect(try await leases.run(lease).status == 0) }
            let one = try await leases.commit(first["id"])
            let two = try await leases.commit(second["id"])
            #expect(one.status == 200 && one.body["adopted"] == nil, "\(one.body)")
            #expect(two.status == 200 && two.body["adopted"] == nil, "\(two.body)")
            #expect(!one["snapshot"].isEmpty && !two["snapshot"].isEmpty)
            #expect(one["snapshot"] != two["snapshot"])
            for (revision, commit) in [(older, one), (newer, two)] {
                let hit = try await lease(on: revision)
                #expect(hit.status == 200 && hit.body["hit"] == .bool(true), "\(hit.body)")
                #expect(hit["snapshot"] == commit["snapshot"])
            }
        }
    }

    @Test func `answers a repeated commit alike, and another one with a conflict`() async throws {
        try await withLeases { leases in
            let lease = try await leases.lease("true")
            let first = try await leases.commit(lease["id"])
            let again = try await leases.commit(lease["id"])
            #expect(again.status == 200 && again["snapshot"] == first["snapshot"])
            #expect(try await leases.commit(lease["id"], exitCode: 1).status == 409)
            let renewal = try await leases.send("POST", "/v1/leases/\(lease["id"])/renew", "{}")
            #expect(renewal.status == 410 && renewal.code == "lease-ended")
        }
    }

    @Test func `of a command that failed leaves nothing`() async throws {
        try await withLeases { leases in
            let lease = try await leases.lease("exit 3")
            let commit = try await leases.commit(lease["id"], exitCode: 3)
            #expect(commit.status == 200 && commit.body["snapshot"] == .null, "\(commit.body)")
            #expect(try await leases.lease("exit 3").status == 201)
        }
    }

    @Test func `is not committed while a process uses its tree, and can be tried again`() async throws {
        try await withLeases { leases in
            let lease = try await leases.lease("true")
            let holder = try Holder("exec sleep 1000", in: lease["rootfs"])
            let busy = try await leases.commit(lease["id"])
            #expect(busy.status == 409 && busy.code == "lease-busy")
            #expect(busy["detail"].contains("\(holder.pid)"), "\(busy.body)")
            let discard = try await leases.discard(lease["id"])
            #expect(discard.status == 409 && discard.code == "lease-busy")
            holder.end()
            let commit = try await leases.commit(lease["id"])
            #expect(commit.status == 200, "\(commit.body)")
        }
    }

    /// What a process that is elsewhere itself has of a file in the tree, by the refusal's word for it.
    enum FileUse: String, CaseIterable, Sendable {
        case opened = "open file"
        case mapped = "mapped file"

        /// Begins in the tree's root, and leaves it.
        var script: String {
            switch self {
            case .opened: "exec 3<etc/passwd; cd /; echo ready; exec sleep 1000"
            case .mapped:
                """
                exec python3 -c '
                import ctypes, os, time
                mmap = ctypes.CDLL(None).mmap
                mmap.restype = ctypes.c_void_p
                mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + 3 * [ctypes.c_int] + [ctypes.c_long]
                file = os.open("etc/passwd", os.O_RDONLY)
                read, private = 1, 2
                assert mmap(None, 4096, read, private, file, 0) != ctypes.c_void_p(-1).value
                os.close(file)
                os.chdir("/")
                print("ready", flush=True)
                time.sleep(1000)
                '
                """
            }
        }
    }

    @Test(arguments: FileUse.allCases)
    func `is not committed while a process elsewhere has a file of its tree, and can be tried again`(
        _ use: FileUse
    ) async throws {
        try await withLeases { leases in
            let lease = try await leases.lease("true")
            let holder = try Holder(use.script, in: lease["rootfs"])
            try holder.awaitReady()
            let busy = try await leases.commit(lease["id"])
            #expect(busy.status == 409 && busy.code == "lease-busy", "\(busy.body)")
            #expect(busy["detail"].contains("(process \(holder.pid), \(use.rawValue))"), "\(busy.body)")
            let there = lease["rootfs"] + "/etc/passwd"
            #expect(FileManager.default.fileExists(atPath: there), "nothing has changed")
            holder.end()
            let commit = try await leases.commit(lease["id"])
            #expect(commit.status == 200 && !commit["snapshot"].isEmpty, "\(commit.body)")
        }
    }

    /// A process in a mount namespace of its own, with the lease's trees and without those of other tests.
    private func copyOfMounts(of lease: LeaseClient.Reply) throws -> Holder {
        let others = "grep -o '/run/varve/mounts/[^ ]*' /proc/self/mountinfo | grep -v \(lease["id"])"
        let holder = try Holder(
            """
            exec unshare -m --propagation private sh -c "\(others) | sort -r | xargs -rn1 umount -l
                echo ready; exec sleep 1000"
            """, in: "/")
        try holder.awaitReady()
        return holder
    }

    @Test func `is not committed while a copy of its mounts is left elsewhere`() async throws {
        try await withLeases { leases in
            let lease = try await leases.lease("true")
            let holder = try copyOfMounts(of: lease)
            let busy = try await leases.commit(lease["id"])
            #expect(busy.status == 409 && busy.code == "lease-busy", "\(busy.body)")
            #expect(busy["detail"].contains("\(holder.pid)"), "\(busy.body)")
            // Nothing of it is mounted here any more.
            let again = try await leases.commit(lease["id"])
            #expect(again.status == 409 && again["detail"].contains("\(holder.pid)"), "\(again.body)")
            holder.end()
            #expect(try await leases.commit(lease["id"]).status == 200)
        }
    }

    @Test func `is discarded though somebody unseen is in its tree for a moment, and a copy of it elsewhere`()
        async throws
    {
        try await withLeases { leases in
            let lease = try await leases.lease("true")
            let copy = try copyOfMounts(of: lease)
            // On its way through a socket a descriptor is nobody's.
            let visitor = try Holder(
                """
                exec python3 -c '
                import os, socket, time
                one, other = socket.socketpair()
                root = os.open("\(lease["rootfs"])", os.O_RDONLY)
                socket.send_fds(one, [b"x"], [root])
                os.close(root)
                print("ready", flush=True)
                time.sleep(0.4)
                '
                """, in: "/")
            try visitor.awaitReady()
            let discard = try await leases.discard(lease["id"])
            #expect(discard.status == 204, "\(discard.body)")
            copy.end()
            visitor.end()
        }
    }

    @Test(arguments: ["none", "private"])
    func `is committed while a step goes on that began after it`(network: String) async throws {
        try await withLeases { leases in
            let lease = try await leases.lease("true")
            let run = try leases.play.start(
                """
                version: 1
                image: busybox
                steps: [{key: long, run: 'echo begun; sleep 600', workspace: none, network: \(network)}]
                """)
            try await run.line("begun", of: "long")
            let commit = try await leases.commit(lease["id"])
            #expect(commit.status == 200, "\(commit.body)")
            run.signal(SIGINT)
            #expect(try await run.end().exitCode == 130)
        }
    }

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
            try await leases.play.eventually("its end") {
                try await leases.send("GET", "/v1/leases/\(lease["id"])").status == 410
            }
            #expect(try await leases.commit(lease["id"]).code == "disk-limit")
            #expect(try await leases.play.leftovers() == [])
        }
    }

    @Test func `of a view can't be written to nor committed`() async throws {
        try await withLeases { leases in
            let lease = try await leases.lease("true")
            let snapshot = try await leases.commit(lease["id"])["snapshot"]
            let view = try await leases.send("POST", "/v1/leases", "{\"view\": \"\(snapshot)\"}")
            #expect(view.status == 201, "\(view.body)")
            #expect(try String(contentsOfFile: view["workspace"] + "/a.txt", encoding: .utf8) == "source\n")
            let written = try await Playground.shell(
                "touch '\(view["rootfs"])/x' 2>&1 || touch '\(view["workspace"])/x' 2>&1 || true", in: "/")
            #expect(written.lines.filter { $0.contains("Read-only file system") }.count == 2)
            let commit = try await leases.commit(view["id"])
            #expect(commit.status == 409 && commit.code == "lease-readonly")
            #expect(try await leases.discard(view["id"]).status == 204)
        }
    }

    @Test(arguments: ["/__w", "/buildkite/builds"])
    func `has its workspace and mount points where its holder wants them`(target: String) async throws {
        try await withLeases { leases in
            let lease = try await leases.lease(
                "pwd > /where && touch made",
                more: ", \"workspace_target\": \"\(target)\", \"mountpoints\": [\"/tools/cache\"]")
            #expect(lease["workspace"] == lease["rootfs"] + target, "\(lease.body)")
            #expect(FileManager.default.fileExists(atPath: lease["workspace"] + "/a.txt"))
            #expect(FileManager.default.fileExists(atPath: lease["rootfs"] + "/tools/cache"))
            let output = try await leases.run(lease)
            #expect(output.status == 0, "\(output.stderr)")
            let place = try String(contentsOfFile: lease["rootfs"] + "/where", encoding: .utf8)
            #expect(place == target + "\n")
            let snapshot = try await leases.commit(lease["id"])["snapshot"]
            let changes = try await leases.play.request("GET", "/v1/snapshots/\(snapshot)/changes")
            #expect(
                changes.stdout.contains("where") && !changes.stdout.contains("tools"), "\(changes.stdout)")
            #expect(changes.stdout.contains("\"\(target)/made\""), "\(changes.stdout)")
            #expect(!changes.stdout.contains("\"\(target)\""), "\(changes.stdout)")
            #expect(try await leases.play.leftovers() == [])
        }
    }

    @Test func `is for admins, in a directory that its holder alone may enter`() async throws {
        try await withLeases { leases in
            let lease = try await leases.lease("true")
            let status = try await Playground.shell("stat -c '%a %u' '\(lease["bundle"])'", in: "/")
            #expect(status.lines == ["700 0"])
            try await leases.play.shell("chmod 755 .. && chmod 666 '\(leases.play.socket)'")
            let refused = try await runProgram(
                "setpriv",
                [
                    "--reuid=12345", "--regid=12345", "--clear-groups", "curl", "-sS", "--unix-socket",
                    leases.play.socket, "http://varve/v1/leases",
                ])
            #expect(refused.stdout.contains("\"forbidden\""), "\(refused.stdout)")
        }
    }

    static let wrong: [(body: String, status: Int)] = [
        ("{}", 400), (#"{"step": {"key": "a", "cmd": "true"}, "view": "x"}"#, 400),
        (#"{"step": {"key": "a"}, "workspace": "project"}"#, 422),
        (#"{"step": {"key": "a", "cmd": "true", "run": "x"}, "workspace": "project"}"#, 422),
        (
            #"{"step": {"key": "a", "cmd": "true", "image": "busybox"}, "workspace": "project", "ttl_seconds": 0}"#,
            400
        ),
        (
            #"{"step": {"key": "a", "cmd": "true", "image": "busybox"}, "workspace": "project", "workspace_target": "/a/../b"}"#,
            422
        ),
        (
            #"{"step": {"key": "a", "cmd": "true", "parent": "nosuch"}, "workspace": "project"}"#, 404
        ),
        (#"{"view": "nosuch"}"#, 404),
    ]

    @Test func `that makes no sense is refused, and leaves nothing`() async throws {
        try await withLeases { leases in
            for wrong in Self.wrong {
                let reply = try await leases.send("POST", "/v1/leases", wrong.body)
                #expect(reply.status == wrong.status, "\(wrong.body): \(reply.status) \(reply.body)")
                #expect(!reply["fix"].isEmpty)
            }
            #expect(try await leases.play.leftovers() == [])
        }
    }

    @Test func `is one of many on one parent, none of which leaves anything`() async throws {
        try await withLeases { leases in
            let ids = try await withThrowingTaskGroup(of: String.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        let lease = try await leases.lease("echo \(number)", key: "step-\(number)")
                        #expect(lease.status == 201, "\(lease.body)")
                        return lease["id"]
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let listed = try await leases.send("GET", "/v1/leases?limit=1000")
            let items = try #require(listed.body["items"]?.array, "\(listed.body)")
            #expect(items.count == 50)
            for (index, id) in ids.enumerated() {
                let end =
                    index.isMultiple(of: 2) ? try await leases.commit(id) : try await leases.discard(id)
                #expect(end.status == (index.isMultiple(of: 2) ? 200 : 204), "\(index): \(end.body)")
            }
            #expect(try await leases.play.leftovers() == [])
        }
    }
}

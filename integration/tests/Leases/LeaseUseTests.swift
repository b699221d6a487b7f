import Foundation
import TestSupport
import Testing

@Suite struct `A lease whose tree may be in use` {
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

    /// Commits a lease into whose tree `written` was written, and looks for it there.
    private func expectWritten(_ lease: LeaseClient.Reply, _ leases: LeaseClient) async throws {
        let commit = try await leases.commit(lease["id"])
        #expect(commit.status == 200, "\(commit.body)")
        let view = try await leases.lease("cat kept", key: "reader", parent: commit["snapshot"])
        #expect(try String(contentsOfFile: view["rootfs"] + "/kept", encoding: .utf8) == "written\n")
    }

    @Test func `that a copy of its mounts held up is committed after a restart of the daemon`() async throws {
        try await withLeases { leases in
            let lease = try await leases.lease("true")
            try await Playground.succeed("echo written > kept", in: lease["rootfs"])
            let holder = try copyOfMounts(of: lease)
            #expect(try await leases.commit(lease["id"]).code == "lease-busy")
            await leases.play.daemon.kill()
            try await leases.play.daemon.start()
            let busy = try await leases.commit(lease["id"])
            #expect(busy.code == "lease-busy" && busy["detail"].contains("\(holder.pid)"), "\(busy.body)")
            holder.end()
            try await expectWritten(lease, leases)
        }
    }

    @Test func `is not lost to a daemon that is killed while its commit waits`() async throws {
        try await withLeases { leases in
            let lease = try await leases.lease("true")
            try await Playground.succeed("echo written > kept", in: lease["rootfs"])
            let holder = try copyOfMounts(of: lease)
            let waiting = Task { try? await leases.commit(lease["id"]) }
            let question = """
                import sqlite3
                catalog = sqlite3.connect("file:\(leases.play.store)/catalog.sqlite?mode=ro", uri=True)
                row = catalog.execute("SELECT json_extract(content, '$.draining') FROM lease WHERE id = '\(lease["id"])'")
                print(row.fetchone()[0])
                """
            try await eventually("the commit waits for the copy") {
                try await Playground.succeed(
                    "python3 -c '\(question.replacing("'", with: "'\\''"))'", in: "/"
                )
                .stdout.hasPrefix("[")
            }
            await leases.play.daemon.kill()
            _ = await waiting.value
            try await leases.play.daemon.start()
            holder.end()
            try await expectWritten(lease, leases)
        }
    }

    @Test func `is committed though its bundle can't be taken away`() async throws {
        try await withLeases { leases in
            let lease = try await leases.lease("true")
            try await Playground.succeed(
                "mkdir ../mounted && mount -t tmpfs none ../mounted", in: lease["rootfs"])
            let commit = try await leases.commit(lease["id"])
            #expect(commit.status == 200 && !commit["snapshot"].isEmpty, "\(commit.body)")
            let bundle = URL(fileURLWithPath: lease["rootfs"]).deletingLastPathComponent().path
            try await Playground.succeed("umount mounted && rm -r ../\(lease["id"])", in: bundle)
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
}

import API
import Client
import Foundation
import Testing

/// What a daemon has before and after a crowd: descriptors, mounts, processes, directories.
@Suite struct `A crowd of runner hosts` {
    private struct Belongings: Equatable, CustomStringConvertible {
        var descriptors: Int
        var processes: Int
        var mounts: Int
        var directories: Int

        var description: String {
            "\(descriptors) descriptors, \(processes) processes, \(mounts) mounts, \(directories) directories"
        }

        /// What is more than there was. The catalog has a few connections more once as many have asked at a time.
        func excess(over other: Belongings) -> [String] {
            let grown =
                descriptors > other.descriptors + 16 || processes > other.processes || mounts > other.mounts
                || directories > other.directories
            return grown ? ["before: \(other)", "now: \(self)"] : []
        }
    }

    private func belongings(of play: Playground) async throws -> Belongings {
        let pid = try #require(play.daemon.pid)
        let files = FileManager.default
        let children = try files.contentsOfDirectory(atPath: "/proc/\(pid)/task").reduce(0) { sum, task in
            let path = "/proc/\(pid)/task/\(task)/children"
            return sum
                + ((try? String(contentsOfFile: path, encoding: .utf8))?.split(separator: " ").count ?? 0)
        }
        let store = try await play.client.info().storeId
        let mounts = try String(contentsOfFile: "/proc/\(pid)/mountinfo", encoding: .utf8)
        let folders = ["active", "dead", "layers", "runs"].reduce(0) { sum, name in
            sum + ((try? files.contentsOfDirectory(atPath: "\(play.store)/\(name)").count) ?? 0)
        }
        return Belongings(
            descriptors: try files.contentsOfDirectory(atPath: "/proc/\(pid)/fd").count, processes: children,
            mounts: mounts.split(separator: "\n").filter {
                $0.contains(play.root) || $0.contains("/\(store)/")
            }.count,
            directories: folders)
    }

    private func open(_ body: (Playground, _ parent: String) async throws -> Void) async throws {
        try await Playground.open(image: false) { play in
            try await play.importBareImage()
            try play.write("a.txt", "source\n")
            try await play.registerProject()
            let first = try await play.lease("parent")
            try await Playground.succeed("echo parent > play/parent", in: first.rootfs)
            try await body(play, try await play.commit(first))
            #expect(try await play.leftovers() == [])
        }
    }

    @Test func `holds 200 leases at once on one parent, and leaves nothing of them`() async throws {
        try await open { play, parent in
            // What the first crowd leaves is what the daemon keeps for the next.
            try await crowd(of: 200, on: parent, play, round: 0)
            let before = try await belongings(of: play)
            try await crowd(of: 200, on: parent, play, round: 1)
            try await play.awaitNone("more than before") {
                try await belongings(of: play).excess(over: before)
            }
        }
    }

    private func crowd(of count: Int, on parent: String, _ play: Playground, round: Int) async throws {
        let leases = try await withThrowingTaskGroup(of: Wire.Lease.self) { group in
            for number in 0..<count {
                group.addTask { try await play.lease("crowd-\(round)-\(number)", on: parent) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(leases.map(\.rootfs)).count == count)
        #expect(try await play.client.leases(.init(limit: 1000)).items.count == count)
        for lease in leases {
            try Data(lease.id.utf8).write(to: URL(fileURLWithPath: lease.rootfs + "/play/own"))
        }
        for lease in leases {
            let own = try String(contentsOfFile: lease.rootfs + "/play/own", encoding: .utf8)
            let inherited = try String(contentsOfFile: lease.rootfs + "/play/parent", encoding: .utf8)
            #expect(own == lease.id && inherited == "parent\n")
        }
        let snapshots = try await withThrowingTaskGroup(of: String?.self, returning: [String].self) { group in
            for (number, lease) in leases.enumerated() {
                group.addTask {
                    if number.isMultiple(of: 2) { return try await play.commit(lease) }
                    try await play.client.discardLease(lease.id)
                    return nil
                }
            }
            return try await group.reduce(into: [String]()) { if let snapshot = $1 { $0.append(snapshot) } }
        }
        #expect(Set(snapshots).count == count / 2)
        for snapshot in snapshots { try await play.client.deleteSnapshot(snapshot, recursively: false) }
    }

    /// Connects, and does one of several things, most of which a client should not do.
    private static let client = """
        import json, socket, sys, threading

        def one(number):
            with socket.socket(socket.AF_UNIX) as peer:
                peer.settimeout(60)
                peer.connect(sys.argv[1])
                body = json.dumps({"step": {"key": f"short-{number}", "cmd": "true", "parent": sys.argv[2],
                    "network": "none"}, "workspace": "project", "ttl_seconds": 1}).encode()
                head = b"POST /v1/leases HTTP/1.1\\r\\nHost: v\\r\\nContent-Type: application/json\\r\\n"
                lease = head + b"Content-Length: %d\\r\\n\\r\\n" % len(body) + body
                kind = number % 5
                if kind == 0:
                    pass                                  # says nothing
                elif kind == 1:
                    peer.sendall(lease[:number % 200 + 1])    # stops in the middle
                elif kind == 2:
                    peer.sendall(b"GET /v1/leases HTTP/1.1\\r\\nHost: v\\r\\nConnection: close\\r\\n\\r\\n")
                    while peer.recv(65536): pass
                elif number % 50 == 3:
                    peer.sendall(lease)                   # gone before the answer
                elif number % 50 == 4:
                    peer.sendall(lease)                   # takes a lease and forgets it
                    assert b" 201 " in peer.recv(65536), "no lease"
                else:
                    peer.sendall(b"\\x00nonsense\\r\\n\\r\\n")

        def some(numbers):
            try:
                for number in numbers: one(number)
            except (ConnectionResetError, BrokenPipeError):
                pass

        threads = [threading.Thread(target=some, args=(range(start, int(sys.argv[3]), 16),)) for start in range(16)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        """

    @Test func `of 1,000 short-lived clients, most of them rude, leaves nothing`() async throws {
        try await open { play, parent in
            try await rudeClients(200, on: parent, play)
            let before = try await belongings(of: play)
            try await rudeClients(1000, on: parent, play)
            try await play.awaitNone("more than before") {
                try await belongings(of: play).excess(over: before)
            }
        }
    }

    private func rudeClients(_ count: Int, on parent: String, _ play: Playground) async throws {
        let output = try await runProgram(
            "/usr/bin/python3", ["-c", Self.client, play.socket, parent, "\(count)"])
        try #require(output.status == 0 && output.stderr.isEmpty, "\(output.stderr)")
        // Leases nobody came back to end when their time is up.
        try await play.awaitNone("leases") {
            try await play.client.leases(.init(limit: 1000)).items.map(\.id)
        }
        try await play.awaitNone("left") { try await play.leftovers() }
    }
}

import Foundation
import Testing

/// A path in a request means what it means to the caller, and opens what the caller could open himself.
@Suite struct `A path in a request` {
    private let ann = 12_345
    private let group = "games"

    private func withUsers(
        _ listeners: [String] = [], _ body: (Playground, SocketUser) async throws -> Void
    ) async throws {
        try await Playground.open(image: false) { play in
            await play.daemon.stop()
            let flags = listeners.flatMap { ["--listener", $0.replacing("ROOT", with: play.root)] }
            try await play.shell("chmod 755 .. ../run .")
            try await play.daemon.start(["--group", group] + flags)
            try await body(play, .user(ann, groups: [group], on: play.socket))
        }
    }

    @Test func `that exists only in the caller's mount namespace is opened there`() async throws {
        try await withUsers { play, user in
            try await play.shell(
                "mkdir ../place ../own; echo x > ../own/one; echo y > ../own/two; chmod 755 ../own")
            let place = play.root + "/place"
            let script = "mount --bind '\(play.root)/own' '\(place)' && exec \"$@\""
            let inside = SocketUser(
                socket: play.socket, wrapper: ["unshare", "-m", "sh", "-ec", script, "sh"] + user.wrapper)
            let there = try await inside.register("there", place)
            #expect(there.status == 201 && there.object["files"]?.number == 2, "\(there.text)")
            let here = try await user.register("here", place)
            #expect(here.status == 201 && here.object["files"]?.number == 0, "\(here.text)")
            // An archive: what is wrong with it can only be said of one that was found.
            for source in ["docker-archive:\(place)/one", "oci:\(place)/two"] {
                let found = try await inside.importImage("image", source)
                #expect(found.status == 422, "\(found.text)")
                let missing = try await user.importImage("image", source)
                #expect(missing.status == 422 && missing["code"] == "bad-path", "\(missing.text)")
                #expect(missing["detail"].contains("is not there"), "\(missing.text)")
                #expect(!found["detail"].contains("is not there"), "\(found.text)")
            }
            let image = try await inside.importImage("image", place)
            #expect(image.status == 201, "\(image.text)")
        }
    }

    /// Sends a request from within a directory that is its root, as a user; prints status and body.
    private let jailedCaller = """
        import os, socket, sys
        jail, uid, path, body = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
        "".encode("idna")
        os.chroot(jail); os.chdir("/")
        if uid: os.setgroups([]); os.setgid(uid); os.setuid(uid)
        s = socket.socket(socket.AF_UNIX); s.connect("/varve.sock"); s.settimeout(120)
        s.sendall(f"POST {path} HTTP/1.1\\r\\nHost: varve\\r\\nConnection: close\\r\\nContent-Type: application/json\\r\\n"
                  f"Content-Length: {len(body)}\\r\\n\\r\\n{body}".encode())
        answer = b""
        while chunk := s.recv(65536): answer += chunk
        head, _, rest = answer.partition(b"\\r\\n\\r\\n")
        sys.stdout.write(rest.decode()); sys.stdout.write("\\n" + head.split()[1].decode())
        """

    @Test(arguments: [0, 12_345])
    func `is one below the caller's own root directory, whatever leads up or away`(uid: Int) async throws {
        try await withUsers(["path=ROOT/jail/varve.sock,mode=0666,scope=uid:7"]) { play, _ in
            let jail = play.root + "/jail"
            try await play.shell(
                """
                chmod 755 \(jail); mkdir -p \(jail)/src \(jail)/etc; echo x > \(jail)/src/x; echo t > \(jail)/etc/theirs
                ln -s ../../../../etc \(jail)/up; ln -s /etc \(jail)/absolute; mkdir \(jail)/outside-not
                """)
            func files(_ path: String) async throws -> String {
                let output = try await runProgram(
                    "python3",
                    [
                        "-c", jailedCaller, jail, "\(uid)", "/v1/workspaces/w/revisions",
                        "{\"path\": \"\(path)\", \"ignore\": \"none\"}",
                    ])
                let lines = output.stdout.split(separator: "\n")
                let status = lines.last.map(String.init) ?? output.stderr
                let object = try? JSONDecoder().decode(
                    [String: JSON].self, from: Data((lines.first ?? "").utf8))
                return status + (object?["files"]?.number.map { " \(Int($0))" } ?? "")
            }
            #expect(try await files("/src") == "201 1")
            for path in ["/etc", "/up", "/absolute", "/../../../../etc", "/src/../../../etc"] {
                #expect(try await files(path) == "201 1", "\(path) is the jail's own")
            }
            for path in ["\(play.root)/project", "/proc/self/root", "/proc/1/root/etc", "/var"] {
                #expect(try await files(path) == "422", "\(path)")
            }
        }
    }

    @Test func `that only root can read is refused to others, directory, archive and layout`() async throws {
        try await withUsers { play, user in
            try await play.shell(
                """
                mkdir -p closed/inner half/blobs/sha256 layout/blobs/sha256; echo secret > closed/inner/x; chmod 700 closed
                echo secret > archive.tar; chmod 600 archive.tar
                echo '{"imageLayoutVersion": "1.0.0"}' > layout/oci-layout; echo secret > layout/index.json
                chmod 600 layout/index.json; echo secret > half/secret; chmod 600 half/secret
                """)
            let place = play.project
            for path in ["closed", "closed/inner", "half"] {
                let refused = try await user.register("w", "\(place)/\(path)")
                #expect(refused.status == 422 && refused["code"] == "workspace-unreadable", "\(refused.text)")
            }
            for source in ["\(place)/half", "docker-archive:\(place)/archive.tar", "oci:\(place)/layout"] {
                let refused = try await user.importImage("image", source)
                #expect(refused.status == 422 && refused["code"] == "bad-path", "\(source): \(refused.text)")
                #expect(!refused.text.contains("secret\\n"))
            }
        }
    }

    @Test func `through procfs leads nowhere, for root neither`() async throws {
        try await withUsers { play, user in
            let holder = try Holder("echo; exec sleep 1000", in: "/root")
            defer { holder.end() }
            try holder.awaitReady()
            try await play.shell("ln -s /proc/\(holder.pid)/cwd link; ln -s /proc/self/fd fds; echo x > file")
            let root = SocketUser(socket: play.socket)
            let paths = [
                "/proc/\(holder.pid)/cwd", "/proc/\(holder.pid)/root\(play.project)", "/proc/self/root/etc",
                "/proc/1/root", "/proc/thread-self/cwd", "\(play.project)/link", "\(play.project)/fds/0",
                "/dev/fd/0",
            ]
            for path in paths {
                for caller in [root, user] {
                    let directory = try await caller.register("w", path)
                    #expect(directory.status == 422, "\(path): \(directory.text)")
                    let archive = try await caller.importImage("image", "docker-archive:\(path)")
                    #expect(
                        archive.status == 422 && archive["code"] == "bad-path", "\(path): \(archive.text)")
                }
            }
        }
    }

    @Test func `opens for root no more than the capabilities that root has`() async throws {
        try await withUsers { play, user in
            try await play.shell(
                "mkdir -p ../anns/deep; echo x > ../anns/deep/x; chown -R \(ann):\(ann) ../anns; chmod 700 ../anns"
            )
            let directory = play.root + "/anns"
            let callers: [(wrapper: [String], status: Int)] = [
                ([], 201),
                // Root of a container that was given no capabilities.
                (["setpriv", "--bounding-set=-all", "--inh-caps=-all"], 422),
                // Root of a user namespace, in which he has them all.
                (["unshare", "--user", "--map-root-user"], 422),
            ]
            for caller in callers {
                let root = SocketUser(socket: play.socket, wrapper: caller.wrapper)
                let own = try await root.register("own", play.project)
                #expect(own.status == 201, "\(caller.wrapper): \(own.text)")
                let anns = try await root.register("anns", directory)
                #expect(anns.status == caller.status, "\(caller.wrapper): \(anns.text)")
                let image = try await root.importImage("anns", directory)
                #expect(image.status == caller.status, "\(caller.wrapper): \(image.text)")
            }
            let capable = SocketUser(
                socket: play.socket,
                wrapper: ["setpriv", "--bounding-set=-all,+dac_read_search", "--inh-caps=-all"])
            #expect(try await capable.register("anns", directory).status == 201, "with just the one it takes")
        }
    }
}

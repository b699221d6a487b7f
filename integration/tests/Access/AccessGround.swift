import API
import Foundation
import Testing

/// A daemon with users, an admin who is not root, and two bound sockets; and the things of the user Ann.
final class AccessGround {
    let play: Playground
    /// What each endpoint is asked about, until somebody has used it up.
    private var things: [Endpoint: Thing] = [:]
    private var count = 0

    static let ann = 12_345
    static let bob = 12_346
    private static let carol = 12_347
    /// In every Debian, and used by nothing.
    private static let (group, adminGroup) = ("games", "staff")

    /// Something of Ann's.
    private struct Thing {
        var name = ""
        var workspace = ""
        var digest = ""
        var run = ""
        var snapshot = ""
        var lease = ""
    }

    private init(_ play: Playground) { self.play = play }

    static func open(_ body: (AccessGround) async throws -> Void) async throws {
        try await Playground.open { play in
            await play.daemon.stop()
            try await play.daemon.start([
                "--group", group, "--admin-groups", adminGroup,
                "--listener", "path=\(play.root)/run/ann.sock,group=root,scope=uid:\(ann)",
                "--listener", "path=\(play.root)/run/other.sock,group=root,scope=uid:4000000000,role=user",
            ])
            try await play.shell(
                "chmod 755 .. ../run . && mkdir image && echo x > image/file && echo a > a.txt")
            let ground = AccessGround(play)
            let outcome: Result<Void, any Error>
            do { outcome = .success(try await body(ground)) } catch { outcome = .failure(error) }
            try await ground.endLeases()
            #expect(try await play.leftovers() == [])
            try outcome.get()
        }
    }

    func user(_ uid: Int) -> SocketUser { .user(uid, groups: [Self.group], on: play.socket) }

    private func caller(_ kind: AccessKind) -> SocketUser {
        switch kind {
        case .own: user(Self.ann)
        case .another, .naming: user(Self.bob)
        case .admin, .adminNaming:
            .user(Self.carol, groups: [Self.group, Self.adminGroup], on: play.socket)
        case .bound: SocketUser(socket: play.root + "/run/ann.sock")
        case .boundElsewhere: SocketUser(socket: play.root + "/run/other.sock")
        }
    }

    /// Sends the endpoint's request about a thing of Ann's.
    func ask(_ endpoint: Endpoint, as kind: AccessKind) async throws -> SocketUser.Reply {
        let thing = try await thing(for: endpoint)
        var path = endpoint.template
        for parameter in endpoint.parameters {
            let value =
                switch parameter {
                case "name":
                    path.contains("/volumes/")
                        ? "cache"
                        : endpoint == .image || endpoint == .deleteImage ? thing.name : thing.workspace
                case "digest": thing.digest
                default:
                    path.contains("/runs/")
                        ? thing.run : path.contains("/leases/") ? thing.lease : thing.snapshot
                }
            path = path.replacing("{\(parameter)}", with: value)
        }
        var query = endpoint == .snapshotFiles ? ["path=/"] : []
        if kind == .naming || kind == .adminNaming { query.append("scope=uid:\(Self.ann)") }
        if path.contains("/volumes/") { query.append("workspace=\(thing.workspace)") }
        if !query.isEmpty { path += "?" + query.joined(separator: "&") }
        if endpoint == .openShell {
            return try await caller(kind).openShell(path, "{\"snapshot\": \"\(thing.snapshot)\"}")
        }
        if endpoint == .exportVolume { return try await caller(kind).download(path) }
        if endpoint == .importVolume {
            return try await caller(kind).upload(
                play.project + "/volume.tar", as: "application/x-tar", "POST", path)
        }
        return try await caller(kind).send(endpoint.method.rawValue, path, body(of: endpoint, thing))
    }

    /// After a success: takes away what the request made, and forgets what it used up.
    func used(_ endpoint: Endpoint, _ reply: SocketUser.Reply) async throws {
        switch endpoint {
        case .prepareLease:
            let end = try await SocketUser(socket: play.socket).send("DELETE", "/v1/leases/\(reply["id"])")
            #expect(end.status == 204, "\(end.text)")
        case .createRun:
            _ = try await SocketUser(socket: play.socket).send("GET", "/v1/runs/\(reply["id"])/events")
        case .deleteImage, .deleteRevision, .deleteWorkspace, .deleteSnapshot, .deleteVolume, .commitLease,
            .discardLease:
            things[endpoint] = nil
        default: break
        }
    }

    private func body(of endpoint: Endpoint, _ thing: Thing) -> String? {
        switch endpoint {
        case .importImage: "{\"name\": \"new\", \"source\": \"\(play.project)/image\"}"
        case .createRevision: "{\"path\": \"\(play.project)\"}"
        case .plan, .createRun:
            "{\"pipeline\": \(Self.pipeline), \"workspace\": \"\(thing.workspace)\"}"
        case .explain:
            "{\"step\": \"a\", \"pipeline\": \(Self.pipeline), \"workspace\": \"\(thing.workspace)\"}"
        case .prepareLease: "{\"view\": \"\(thing.snapshot)\"}"
        case .renewLease: "{}"
        case .commitLease: "{\"exit_code\": 1}"
        case .prune: "{\"dry_run\": true, \"keep_bytes\": 0}"
        default: nil
        }
    }

    private static let pipeline = """
        {"version": 1, "image": "busybox",
         "steps": [{"key": "a", "run": "echo made > made", "network": "none", "cache": "forever"}]}
        """

    private func thing(for endpoint: Endpoint) async throws -> Thing {
        if let thing = things[endpoint] { return thing }
        count += 1
        let thing = try await make(for: endpoint, "thing-\(count)")
        things[endpoint] = thing
        return thing
    }

    private func make(for endpoint: Endpoint, _ name: String) async throws -> Thing {
        var thing = Thing(name: name, workspace: name)
        let ann = user(Self.ann)
        switch endpoint {
        case .image, .deleteImage:
            let image = try await ann.importImage(name, play.project + "/image")
            try #require(image.status == 201, "\(image.text)")
        case .info, .health, .metrics, .usage, .prune, .importImage, .createRevision, .listImages,
            .listWorkspaces, .listRuns, .listSnapshots, .listLeases, .listVolumes:
            break
        case .importVolume: try await writeVolume()
        case .volume, .deleteVolume, .clearVolume, .exportVolume:
            try await writeVolume()
            let made = try await ann.upload(
                play.project + "/volume.tar", as: "application/x-tar", "POST",
                "/v1/volumes/cache/archive?workspace=\(name)")
            try #require(made.status == 201, "\(made.text)")
        case .listRevisions, .deleteRevision, .deleteWorkspace, .plan, .explain, .createRun:
            thing.digest = try await register(name, ann)
        case .run, .runEvents, .cancelRun, .snapshot, .deleteSnapshot, .pinSnapshot, .unpinSnapshot,
            .snapshotChanges, .snapshotFiles, .openShell, .prepareLease:
            thing.digest = try await register(name, ann)
            (thing.run, thing.snapshot) = try await run(on: name, ann)
        case .lease, .renewLease, .commitLease, .discardLease:
            thing.digest = try await register(name, ann)
            thing.lease = try await lease(on: name)
        }
        return thing
    }

    /// An archive as `exportVolume` gives it.
    private func writeVolume() async throws {
        try await play.shell(
            """
            mkdir -p volume/layers/0/0
            echo x > volume/layers/0/0/file
            echo '{"format": 1, "targets": ["cache"], "over": "empty", "facts": [[[]]]}' > volume/varve-volume.json
            tar -C volume -cf volume.tar varve-volume.json layers
            chmod 644 volume.tar
            """)
    }

    private func register(_ name: String, _ user: SocketUser) async throws -> String {
        let revision = try await user.register(name, play.project)
        try #require(revision.status == 201, "\(revision.text)")
        return revision["digest"]
    }

    private func run(on workspace: String, _ user: SocketUser) async throws -> (run: String, snapshot: String)
    {
        let run = try await user.send(
            "POST", "/v1/runs", "{\"pipeline\": \(Self.pipeline), \"workspace\": \"\(workspace)\"}")
        try #require(run.status == 201, "\(run.text)")
        let events = try await user.send("GET", "/v1/runs/\(run["id"])/events")
        let result = try RunResult(Output(status: 0, stdout: events.text, stderr: ""))
        let snapshot = try #require(result.events("step_end").first?["snapshot"]?.text, "\(events.text)")
        return (run["id"], snapshot)
    }

    /// A lease of an admin's in Ann's scope.
    private func lease(on workspace: String) async throws -> String {
        let lease = try await caller(.admin).send(
            "POST", "/v1/leases?scope=uid:\(Self.ann)",
            """
            {"step": {"key": "s", "cmd": "true", "image": "busybox", "network": "none"},
             "workspace": "\(workspace)"}
            """)
        try #require(lease.status == 201, "\(lease.text)")
        return lease["id"]
    }

    /// Ends the leases that nobody has ended.
    func endLeases() async throws {
        let root = SocketUser(socket: play.socket)
        for thing in things.values where !thing.lease.isEmpty {
            _ = try await root.send("DELETE", "/v1/leases/\(thing.lease)?force=true")
        }
    }
}

import Foundation
import Testing

/// Images of several users in one store: layers are shared on disk, names and contents are not.
@Suite struct `Another user's image` {
    private func withUsers(
        _ body: (Playground, _ ann: SocketUser, _ bob: SocketUser) async throws -> Void
    ) async throws {
        try await Playground.open { play in
            await play.daemon.stop()
            try await play.shell("chmod 755 .. .")
            try await play.daemon.start(["--group", "games"])
            try await body(
                play, .user(12_345, groups: ["games"], on: play.socket),
                .user(12_346, groups: ["games"], on: play.socket))
        }
    }

    @Test func `is not replaced by one of the same name, nor is a shared one`() async throws {
        try await withUsers { play, ann, bob in
            try await play.shell("mkdir one two; echo 1 > one/f; echo 2 > two/f")
            let shared = try await ann.send("GET", "/v1/images/busybox")
            #expect(shared.object["shared"] == .bool(true), "\(shared.text)")
            let anns = try await ann.importImage("tools", play.project + "/one")
            let bobs = try await bob.importImage("tools", play.project + "/two")
            #expect(anns.status == 201 && bobs.status == 201 && anns["digest"] != bobs["digest"])
            #expect(try await bob.importImage("busybox", play.project + "/two").status == 201)
            #expect(try await ann.send("GET", "/v1/images/tools")["digest"] == anns["digest"])
            #expect(try await ann.send("GET", "/v1/images/busybox")["digest"] == shared["digest"])
            #expect(try await bob.send("GET", "/v1/images/busybox")["digest"] == bobs["digest"])
            // Taking his own away uncovers the shared one, which he can't take away.
            #expect(try await bob.send("DELETE", "/v1/images/busybox").status == 204)
            let refused = try await bob.send("DELETE", "/v1/images/busybox")
            #expect(refused.status == 403 && refused["code"] == "forbidden", "\(refused.text)")
            #expect(try await bob.send("GET", "/v1/images/busybox")["digest"] == shared["digest"])
        }
    }

    @Test func `is what an admin sees under a name, where he replaces or removes it`() async throws {
        try await withUsers { play, ann, _ in
            try await play.shell("mkdir one two; echo 1 > one/f; echo 2 > two/f")
            let root = SocketUser(socket: play.socket)
            // As a run of his leaves it that has pulled the image.
            let own = try await root.send(
                "POST", "/v1/images?scope=uid:0", "{\"name\": \"tools\", \"source\": \"\(play.project)/one\"}"
            )
            #expect(own.status == 201 && own.object["shared"] != .bool(true), "\(own.text)")
            let shared = try await root.importImage("tools", play.project + "/two")
            #expect(shared.status == 201 && shared["digest"] != own["digest"])
            for user in [root, ann] {
                #expect(try await user.send("GET", "/v1/images/tools")["digest"] == shared["digest"])
            }
            _ = try await root.send(
                "POST", "/v1/images?scope=uid:0", "{\"name\": \"tools\", \"source\": \"\(play.project)/one\"}"
            )
            for status in [204, 204, 404] {
                #expect(try await root.send("DELETE", "/v1/images/tools").status == status)
            }
        }
    }

    @Test func `is not had by naming the digests of its layers`() async throws {
        try await withUsers { play, ann, bob in
            try await play.shell("mkdir private; echo secret > private/secret")
            let image = try await ann.importImage("private", play.project + "/private")
            let layer = image.object["layers"]
            guard case .array(let layers) = layer, let diffID = layers.first?["diff_id"]?.text else {
                Issue.record("no layers: \(image.text)")
                return
            }
            try await play.shell(Self.layoutScript.replacing("DIFFID", with: diffID))
            let stolen = try await bob.importImage("stolen", "oci:\(play.project)/layout")
            #expect(stolen.status == 422 && stolen["code"] == "image-invalid", "\(stolen.text)")
            #expect(stolen["detail"].contains("the archive's digest is"), "its content was looked at")
            // Who has the content himself gets an equal image, which outlives the other.
            let equal = try await bob.importImage("equal", play.project + "/private")
            #expect(equal.status == 201 && equal["digest"] == image["digest"], "\(equal.text)")
            #expect(try await ann.send("DELETE", "/v1/images/private").status == 204)
            let root = SocketUser(socket: play.socket)
            _ = try await root.send("POST", "/v1/prune", "{\"dry_run\": false, \"keep_bytes\": 0}")
            #expect(try await bob.send("GET", "/v1/images/equal")["digest"] == image["digest"])
        }
    }

    /// A layout whose one layer claims a digest and has other content.
    private static let layoutScript = """
        python3 - <<'END'
        import hashlib, json, os, tarfile, io
        os.makedirs("layout/blobs/sha256")
        def blob(data):
            digest = hashlib.sha256(data).hexdigest()
            open("layout/blobs/sha256/" + digest, "wb").write(data)
            return {"digest": "sha256:" + digest, "size": len(data)}
        out = io.BytesIO(); tarfile.open(fileobj=out, mode="w").close()
        layer = blob(out.getvalue()) | {"mediaType": "application/vnd.oci.image.layer.v1.tar"}
        arch = {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine)
        config = blob(json.dumps({"architecture": arch, "os": "linux",
            "rootfs": {"type": "layers", "diff_ids": ["sha256:" + "DIFFID".removeprefix("sha256:")]}}).encode())
        config["mediaType"] = "application/vnd.oci.image.config.v1+json"
        manifest = blob(json.dumps({"schemaVersion": 2, "config": config, "layers": [layer]}).encode())
        manifest["mediaType"] = "application/vnd.oci.image.manifest.v1+json"
        json.dump({"schemaVersion": 2, "manifests": [manifest]}, open("layout/index.json", "w"))
        json.dump({"imageLayoutVersion": "1.0.0"}, open("layout/oci-layout", "w"))
        END
        """
}

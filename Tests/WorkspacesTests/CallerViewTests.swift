import Linux
import Model
import SystemPackage
import Testing
import Workspaces

/// A caller's directory is read as the caller sees it and with no more than the caller's rights.
@Suite struct CallerViewTests {
    private static let group: UInt32 = 54_322
    private static let user = PeerIdentity(uid: 54_321, gid: 54_321, groups: [], pid: 0)
    private static let member = PeerIdentity(uid: 54_321, gid: 54_321, groups: [7, group], pid: 0)

    private func fixture(_ script: String, as identity: PeerIdentity = user) throws -> IngestFixture {
        let fixture = try IngestFixture()
        try fixture.change(script)
        fixture.identity = identity
        return fixture
    }

    @Test(arguments: [
        ("mkdir d; echo x > d/secret; chmod 600 d/secret", "d/secret"),
        ("mkdir -p d/closed; echo x > d/closed/x; chmod 700 d/closed", "d/closed"),
        ("mkdir -p d/unlisted; echo x > d/unlisted/x; chmod 711 d/unlisted", "d/unlisted"),
        ("mkdir -p d/unsearched; echo x > d/unsearched/x; chmod 744 d/unsearched", "d/unsearched/x"),
        ("mkdir d; echo x > d/.gitignore; chmod 600 d/.gitignore", "d/.gitignore"),
        (
            "mkdir d; echo x > d/groups; chgrp \(group) d/groups; chmod 640 d/groups; chown 54321 d; chmod 755 d",
            "d/groups"
        ),
    ])
    func `what the caller can't read is an error that names it`(script: String, name: String) async throws {
        let fixture = try fixture("echo y > readable; " + script)
        let failure = try #require(try await fixture.refusal())
        #expect(failure.code == .workspaceUnreadable)
        #expect(failure.detail.contains(" \(name) "), "\(failure.detail)")
        #expect(failure.fix.contains("readable"))
        // With its directory left out it is no obstacle, and is not opened.
        try fixture.change("echo d > .varveignore")
        #expect(try await fixture.refusal() == nil)
        #expect(fixture.entry("readable") != nil)
        #expect(fixture.entry(name) == nil)
    }

    @Test func `rights that came or went since the last ingest count`() async throws {
        let fixture = try fixture("mkdir d; echo x > d/file")
        try await fixture.ingest()
        try fixture.change("chmod 600 d/file")
        #expect(try await fixture.refusal()?.code == .workspaceUnreadable)
        try fixture.change("chmod 644 d/file")
        #expect(try await fixture.ingest().isNew == false)
    }

    @Test func `a directory that is readable through a supplementary group is taken`() async throws {
        let script =
            "mkdir -p d/e; echo x > d/e/x; chgrp -R \(Self.group) d; chmod 750 d d/e; chmod 640 d/e/x"
        let outsider = try fixture(script)
        #expect(try await outsider.refusal()?.code == .workspaceUnreadable)
        let member = try fixture(script, as: Self.member)
        try await member.ingest()
        #expect(member.content("d/e/x") == Digest(of: "x\n".utf8))
    }

    @Test func `links are kept as links wherever they lead`() async throws {
        let targets = [
            "/etc/shadow", "/etc", "../../../../../../etc", "/proc/self/root/etc", "loop", ".", "nowhere",
            "..",
        ]
        let script = targets.enumerated().map { "ln -s \($1) link\($0)" }.joined(separator: "; ")
        let fixture = try fixture(script + "; ln -s loop loop; mkdir d; ln -s /etc/shadow d/deep")
        try await fixture.ingest()
        for (number, target) in targets.enumerated() {
            #expect(fixture.entry("link\(number)") == .link(target: Digest(of: target.utf8)), "\(target)")
        }
        #expect(fixture.entry("d/deep") == .link(target: Digest(of: "/etc/shadow".utf8)))
        #expect(fixture.previous?.manifest.entryCount == targets.count + 3)
        #expect(fixture.previous?.manifest.fileCount == 0)
    }

    @Test func `a directory that is exchanged for a link while it is read leads nowhere`() async throws {
        let fixture = try fixture(
            "mkdir outside; echo theirs > outside/theirs; mkdir -p tree/d/e; echo mine > tree/d/e/mine")
        fixture.sourceName = "source/tree"
        let tree = try SharedDirectory(opening: fixture.path(""))
        try tree.directory.createLink("other", target: "../outside")
        try await repeating {
            try tree.directory.rename("d", as: "other", .exchange)
        } while: {
            for _ in 0..<60 {
                if let failure = try await fixture.refusal() {
                    #expect(failure.code == .workspaceChanging)
                } else {
                    let paths = ["d/theirs", "other/theirs"]
                    #expect(paths.allSatisfy { fixture.entry($0) == nil })
                    #expect(fixture.previous?.manifest.fileCount == 1)
                }
            }
        }
    }

    @Test func `the path means what it means below the caller's own root`() async throws {
        let fixture = try IngestFixture()
        try fixture.scratch.sh(
            """
            mkdir -p root/home/project root/etc; echo theirs > root/etc/theirs; echo x > root/home/project/x
            ln -s /home/project root/absolute; ln -s ../../../../home/project root/home/up; ln -s /etc root/home/etc
            ln -s circle root/circle; mkdir -m 700 root/closed; mkdir root/closed/in; echo x > root/file
            """)
        let root = PeerRoot(
            root: try fixture.scratch.directory.openDirectory("root"), identity: Self.user)
        for path in ["/home/project", "/absolute", "/home/up/", "/../../home/./project", "/home/../absolute"]
        {
            try await fixture.ingest(CallerDirectory(path, of: root))
            #expect(fixture.content("x") == Digest(of: "x\n".utf8), "\(path)")
        }
        for path in ["/etc", "/home/etc", "/../../../../etc"] {
            try await fixture.ingest(CallerDirectory(path, of: root))
            #expect(fixture.entry("theirs") != nil && fixture.entry("passwd") == nil, "\(path)")
        }
        let refused: [(String, FailureCode)] = [
            ("/nowhere", .workspaceMissing), ("/circle", .badPath), ("/file", .badPath),
            ("/closed", .workspaceUnreadable), ("/closed/in", .workspaceUnreadable), ("home", .badPath),
            ("", .badPath), ("/home\0/project", .badPath),
            ("/" + String(repeating: "x/", count: 2100), .badPath),
        ]
        for (path, code) in refused { #expect(await failure(path, root) == code, "\(path)") }
    }

    @Test func `magic links on the way lead nowhere`() async throws {
        let fixture = try IngestFixture()
        let host = PeerRoot(root: try Directory(opening: "/"), identity: fixture.identity)
        let place = fixture.path("")
        try fixture.scratch.sh("ln -s /proc/self/root\(place) magic")
        for path in ["/proc/self/root\(place)", "/proc/self/cwd", "\(fixture.scratch.path)/magic"] {
            #expect(await failure(path, host) == .badPath, "\(path)")
        }
    }

    @Test func `what the daemon would see of itself in proc is no workspace`() async throws {
        let fixture = try IngestFixture()
        let host = PeerRoot(root: try Directory(opening: "/"), identity: fixture.identity)
        try fixture.scratch.sh("ln -s /proc/self/fd link")
        for path in ["/proc", "/proc/self", "/proc/self/fd", "\(fixture.scratch.path)/link"] {
            #expect(await failure(path, host) == .badPath, "\(path)")
        }
    }

    private func failure(_ path: String, _ root: PeerRoot) async -> FailureCode? {
        do throws(Failure) {
            _ = try await CallerDirectory(path, of: root)
            return nil
        } catch {
            return error.code
        }
    }

    @Test func `a repository elsewhere is read with the caller's rights, or not at all`() async throws {
        let fixture = try IngestFixture()
        try fixture.change("git init -q --template= .; echo hidden > hidden; mkdir .git/info")
        try fixture.change("echo hidden > .git/info/exclude; mv .git ../repository")
        try fixture.change("echo 'gitdir: \(fixture.scratch.path)/repository' > .git")
        fixture.identity = Self.user
        try await fixture.ingest(view: true)
        #expect(fixture.entry("hidden") == nil)
        try fixture.scratch.sh("chmod 700 repository")
        try fixture.change("touch new")
        try await fixture.ingest(view: true)
        #expect(fixture.entry("hidden") != nil)
        for path in ["/proc/self/root\(fixture.scratch.path)/repository", "../repository"] {
            let other = try self.fixture("echo hidden > hidden; echo 'gitdir: \(path)' > .git")
            try other.scratch.sh("cp -a \(fixture.scratch.path)/repository . && chmod 755 repository")
            try await other.ingest(view: true)
            #expect(other.entry("hidden") != nil, "\(path)")
        }
    }

    @Test func `a rule file that is a link is not read`() async throws {
        let fixture = try fixture("echo a > rules; ln -s rules .gitignore; ln -s rules .varveignore; : > a")
        try await fixture.ingest()
        #expect(fixture.entry("a") != nil)
        #expect(fixture.entry(".gitignore") == .link(target: Digest(of: "rules".utf8)))
    }
}

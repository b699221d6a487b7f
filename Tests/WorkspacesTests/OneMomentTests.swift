import Linux
import Model
import SystemPackage
import TestSupport
import Testing
import Workspaces

/// A revision is the tree at one moment, or there is none.
@Suite struct OneMomentTests {
    @Test func `a tree edited right before the request is accepted, 200 times of 200`() async throws {
        let fixture = try IngestFixture()
        try fixture.change("mkdir d; for i in 0 1 2 3 4 5 6 7; do echo $i > d/$i; done")
        try await fixture.ingest()
        for round in 0..<200 {
            let path = "d/\(round % 8)"
            let text = Array("edited in round \(round)".utf8)
            try Descriptor.openFile(fixture.path(path), [.writeOnly, .truncate]).writeAll(text)
            let taken = try await fixture.ingest()
            #expect(taken.isNew, "round \(round)")
            #expect(fixture.content(path) == Digest(of: text), "round \(round)")
        }
    }

    @Test func `an edit that may still be going on is looked at twice, one that is over once`() async throws {
        let fixture = try IngestFixture()
        try fixture.change("mkdir d; echo 1 > d/file; ln -s file d/link")
        try await fixture.ingest()
        for edit in ["echo 2 > d/file", "ln -sfn other d/link", "rm d/link", "mkdir e; mv d/file e"] {
            let before = SystemClock.realtime
            try fixture.change(edit)
            let soon = try await fixture.ingest().report
            let isSoon = soon.ingested.nanoseconds - before < 1_000_000_000
            #expect(soon.passes > 1 || !isSoon, "\(edit)")
            try fixture.change("rm -r d e; mkdir d; echo 1 > d/file; ln -s file d/link")
            try await fixture.ingest()
            try fixture.change(edit)
            try await Task.sleep(for: .seconds(1.1))
            let later = try await fixture.ingest()
            #expect(later.isNew && later.report.passes == 1, "\(edit)")
            let cache = later.report.cache
            #expect(cache != nil, "\(edit)")
            #expect(try await fixture.ingest().isNew == false, "\(edit)")
        }
    }

    @Test func `what is stored through a mapping, which moves no time in a tmpfs, is seen`() async throws {
        let fixture = try IngestFixture()
        try fixture.change("mkdir t && mount -t tmpfs tmpfs t && echo 1 > t/file")
        // At once, also while a process that another test starts still has what this one has open.
        defer { #expect(throws: Never.self) { try fixture.change("umount --lazy t") } }
        let script = """
            import mmap, sys
            file = open(sys.argv[1], "r+b")
            memory = mmap.mmap(file.fileno(), 0)
            memory[0] = ord("1")
            print("mapped", flush=True)
            sys.stdin.readline()
            memory[0] = ord("2")
            print("stored", flush=True)
            sys.stdin.read()
            """
        let program = try Child(["python3", "-c", script, fixture.path("t/file")])
        let first = try program.waitForLine()
        try #require(first == "mapped")
        // Long enough for a file of any other file system to be left alone.
        try await Task.sleep(for: .seconds(1.1))
        try await fixture.ingest()
        #expect(fixture.content("t/file") == Digest(of: Array("1\n".utf8)))
        try program.send("")
        let second = try program.waitForLine()
        try #require(second == "stored")
        #expect(try await fixture.ingest().isNew)
        #expect(fixture.content("t/file") == Digest(of: Array("2\n".utf8)))
        program.end()
    }

    @Test func `a tree that keeps changing is refused with the entry's name, and soon`() async throws {
        let fixture = try IngestFixture()
        try fixture.change("mkdir -p still busy; echo x > still/x; echo 0 > busy/file")
        let busy = fixture.path("busy/file")
        let refused = try await repeating(isUrgent: true) {
            try Descriptor.openFile(busy, [.writeOnly]).writeAll(Array("\(SystemClock.realtime)".utf8), at: 0)
        } while: { () -> Failure? in
            // The scheduler may still leave the writer out for as long as an ingest takes.
            for _ in 0..<50 {
                let started = ContinuousClock.now
                if let failure = try await fixture.refusal() {
                    #expect(started.duration(to: .now) < .seconds(300))
                    return failure
                }
            }
            return nil
        }
        #expect(refused?.code == .workspaceChanging)
        #expect(refused?.detail.contains("busy/file") == true, "\(refused?.detail ?? "accepted")")
        #expect(try await fixture.refusal() == nil)
    }

    @Test func `a file that grows is never taken half`() async throws {
        let fixture = try IngestFixture()
        try fixture.change(": > log; echo x > other")
        let log = fixture.path("log")
        let block = [UInt8](repeating: UInt8(ascii: "a"), count: 1 << 20)
        var sizes: Set<Int64> = []
        try await repeating {
            let file = try Descriptor.openFile(log, [.writeOnly, .truncate])
            for number in 0..<4 { try file.writeAll(block, at: Int64(number * block.count)) }
            // So that there is a state to accept.
            _ = try Shell.run("sleep 0.05")
        } while: {
            // Only small ones may be accepted before the writer gets its turn.
            for round in 0..<5000 where round < 40 || !sizes.contains(4 << 20) {
                if let failure = try await fixture.refusal() {
                    #expect(failure.code == .workspaceChanging)
                    continue
                }
                guard let manifest = fixture.previous?.manifest,
                    let position = manifest.position(of: EntryPath(unchecked: Array("log".utf8)))
                else { continue }
                let size = manifest.size(at: position)
                sizes.insert(size)
                #expect(size % Int64(block.count) == 0)
                let whole = Digest(of: [UInt8](repeating: block[0], count: Int(size)))
                #expect(fixture.content("log") == whole)
            }
        }
        #expect(sizes.contains(4 << 20), "accepted sizes: \(sizes.sorted())")
    }

    @Test(arguments: [false, true])
    func `while git checks out two commits in a loop, each accepted revision is one of them`(worktree: Bool)
        async throws
    {
        let fixture = try IngestFixture()
        try fixture.change(
            """
            git init -q --template= .; git config user.name t; git config user.email t@localhost
            git config core.hooksPath /dev/null
            mkdir -p a/b only1; for i in $(seq 60); do echo one $i > a/$i; echo one $i > a/b/$i; done
            for i in $(seq 61 90); do ln -s one$i a/$i; done
            echo 1 > only1/x; echo kept > kept; git add .; git commit -qm one; git tag one
            git rm -qr only1; mkdir only2; echo 2 > only2/x; rm a/7; chmod 755 a/8; ln -sf 8 a/9
            for i in $(seq 10 60); do echo two $i > a/$i; echo two $i > a/b/$i; done
            for i in $(seq 61 90); do ln -sfn two$i a/$i; done
            git add -A .; git commit -qm two; git tag two
            """)
        if worktree {
            try fixture.change("git worktree add -q --detach ../tree one")
            fixture.sourceName = "tree"
        }
        var commits: [Digest: String] = [:]
        for name in ["one", "two"] {
            try fixture.change("git checkout -q \(name)")
            commits[try await fixture.ingest(view: true).report.manifest.digest] = name
        }
        #expect(commits.count == 2)
        let tree = fixture.path("")
        var accepted: [String: Int] = [:]
        try await repeating {
            // Pauses so that there is something to accept.
            _ = try Shell.run(
                "cd \(tree) && git checkout -q one && sleep 0.06 && git checkout -q two && sleep 0.06")
        } while: {
            // Many may be accepted before git gets its turn again.
            for _ in 0..<5000 where !commits.values.allSatisfy({ accepted[$0, default: 0] >= 20 }) {
                if let failure = try await fixture.refusal(view: true) {
                    #expect(failure.code == .workspaceChanging)
                    continue
                }
                guard let digest = fixture.previous?.manifest.digest else { continue }
                if commits[digest] == nil { Issue.record("a tree that is none of the commits was accepted") }
                accepted[commits[digest] ?? "neither", default: 0] += 1
            }
        }
        #expect(accepted.keys.sorted() == ["one", "two"], "\(accepted)")
    }
}

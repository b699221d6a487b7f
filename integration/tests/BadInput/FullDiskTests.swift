import Foundation
import TestSupport
import Testing

/// A store on a file system of 64 MiB that becomes full, and empty again without any repair.
@Suite struct `A full disk` {
    private static let impatient = ["--disk-wait-seconds", "1"]

    private func onSmallDisk(
        _ arguments: [String] = impatient, _ body: (Playground) async throws -> Void
    ) async throws {
        try await Playground.open(storeOn: "64M", arguments: arguments) { play in try await body(play) }
    }

    private let cached = """
        version: 1
        image: busybox
        steps: [{key: base, run: echo base > /base, cache: forever, network: none}]
        """

    private let both = """
        version: 1
        image: busybox
        steps:
          - {key: base, run: echo base > /base, cache: forever, network: none}
          - {key: small, from: base, run: 'cat /base; echo fine > /small', network: none}
        """

    /// Takes what is left of the store's disk but for `left` KiB, as something else on it would.
    private func fill(_ play: Playground, left: Int = 0) async throws {
        try await play.shell(
            """
            free=$(df -k --output=avail '\(play.store)' | tail -1)
            [ \(left) -lt "$free" ] || exit 1
            head -c $(( (free - \(left)) * 1024 )) /dev/zero > '\(play.store)/filler' || [ \(left) = 0 ]
            if [ \(left) = 0 ]; then cat /dev/zero >> '\(play.store)/filler' || true; fi
            """)
    }

    private func clear(_ play: Playground) throws {
        try FileManager.default.removeItem(atPath: play.store + "/filler")
    }

    /// What was acknowledged is there, and new work goes on.
    private func expectInOrder(_ play: Playground) async throws {
        let next = try await play.run(both)
        #expect(next.statuses == ["base": "cache_hit", "small": "passed"], "\(next.stderr)")
        #expect(next.log(of: "small") == "base\n")
        #expect(try await play.leftovers() == [])
    }

    @Test func `while a step writes ends it with what it wrote, not with its command's error`() async throws {
        try await onSmallDisk { play in
            let pipeline = """
                version: 1
                image: busybox
                steps:
                  - {key: base, run: echo base > /base, cache: forever, network: none}
                  - {key: fill, from: base, run: 'dd if=/dev/zero of=/big bs=1M count=200', network: none}
                """
            let first = try await play.run(pipeline)
            #expect(first.exitCode == 5, "\(first.stderr)")
            #expect(first.statuses == ["base": "passed", "fill": "error"])
            #expect(first.error(of: "fill") == "storage-full")
            let detail = first.events("step_end", of: "fill").first?["error"]?["detail"]?.text ?? ""
            #expect(detail.hasPrefix("step fill wrote ") && detail.contains("MiB, limit none"), "\(detail)")
            #expect(first.events("build_end").first?["status"]?.text == "error")
            try await expectInOrder(play)
        }
    }

    @Test func `while a step writes that ignores its own errors ends it, and makes room`() async throws {
        try await onSmallDisk { play in
            #expect(try await play.run(cached).exitCode == 0)
            let run = try await play.run(
                """
                version: 1
                image: busybox
                steps:
                  - key: fill
                    run: 'dd if=/dev/zero of=/big bs=1M count=200; sleep 600'
                    network: none
                """)
            #expect(run.exitCode == 5 && run.error(of: "fill") == "storage-full", "\(run.stderr)")
            try await expectInOrder(play)
        }
    }

    @Test func `while the source is taken in is said, and loses nothing`() async throws {
        try await onSmallDisk { play in
            let pipeline = """
                version: 1
                image: busybox
                steps: [{key: show, run: ls, network: none}]
                """
            try play.write("small", "1")
            #expect(try await play.run(pipeline).exitCode == 0)
            try await play.shell("head -c 100M /dev/zero > big")
            let full = try await play.varve(["run", "-"], input: pipeline)
            #expect(full.status == 5, "\(full.stderr)")
            #expect(full.stderr.contains("error[storage-full]") && full.stderr.contains("fix:"))
            try play.remove("big")
            let after = try await play.run(pipeline)
            #expect(after.exitCode == 0 && after.log(of: "show") == "small\n", "\(after.stderr)")
        }
    }

    @Test func `at a step's commit loses nothing that is said to have passed`() async throws {
        try await onSmallDisk { play in
            #expect(try await play.run(cached).exitCode == 0)
            // Ends when it finds no room for half a mebibyte any more.
            let pipeline = """
                version: 1
                image: busybox
                steps:
                  - key: late
                    run: 'echo waiting; while dd if=/dev/zero of=/p bs=512k count=1 2>/dev/null; do sleep 0.05; done; rm -f /p'
                    cache: forever
                    network: none
                """
            let run = try play.start(pipeline)
            try await run.line("waiting", of: "late")
            try await fill(play)
            let end = try await run.end()
            #expect(["passed", "error"].contains(end.status(of: "late")), "\(end.stderr)")
            if end.status(of: "late") == "error" { #expect(end.error(of: "late") == "storage-full") }
            #expect(!end.events("build_end").isEmpty, "the end is told even then")
            try clear(play)
            let again = try play.start(pipeline)
            if end.status(of: "late") == "passed" {
                #expect(try await again.end().statuses == ["late": "cache_hit"])
            } else {
                try await again.line("waiting", of: "late")
                try await fill(play)
                _ = try await again.end()
                try clear(play)
            }
            try await expectInOrder(play)
        }
    }

    @Test func `before anything begins refuses it with the remedy, at every kind of work`() async throws {
        try await onSmallDisk { play in
            #expect(try await play.run(cached).exitCode == 0)
            let leases = LeaseClient(play: play)
            try await leases.register()
            try await fill(play)
            let run = try await play.varve(["run", "-"], input: both)
            #expect(run.status == 5 && run.stderr.contains("error[storage-full]"), "\(run.stderr)")
            let lease = try await leases.lease("true", cache: "\"none\"")
            #expect(lease.status == 507 && lease.code == "storage-full", "\(lease.body)")
            #expect(!lease["fix"].isEmpty)
            let image = try await play.varve(["image", "import", "other", play.root + "/busybox"])
            #expect(image.status == 5 && image.stderr.contains("error[storage-full]"), "\(image.stderr)")
            let archive = play.root + "/upload.tar"
            try await play.shell("tar -C '\(play.root)' -cf '\(archive)' busybox")
            let upload = ["-H", "Content-Type: application/x-tar", "--data-binary", "@\(archive)"]
            let refused = try await play.request("POST", "/v1/workspaces/sent/revisions", upload)
            #expect(refused.stdout.contains("\"storage-full\""), "\(refused.stdout)")
            let health = try await play.request("GET", "/v1/health")
            #expect(health.stdout.contains("\"failed\""), "\(health.stdout)")
            try clear(play)
            try await expectInOrder(play)
            let sent = try await play.request("POST", "/v1/workspaces/sent/revisions", upload)
            #expect(sent.stdout.contains("\"digest\""), "\(sent.stdout)")
            let imported = try await play.varve(["image", "import", "other", play.root + "/busybox"])
            #expect(imported.status == 0, "\(imported.stderr)")
        }
    }

    @Test func `at a change of the catalog is said, or done all the same`() async throws {
        try await onSmallDisk { play in
            let made = try await SnapshotFamily.make(in: play)
            #expect(try await play.run(cached).exitCode == 0)
            try await fill(play)
            var pinned = false
            // More than one transaction's room: what is kept back ends too.
            for _ in 1...40 {
                let change = try await play.varve(["snapshot", pinned ? "unpin" : "pin", made.base])
                guard change.status == 0 else {
                    #expect(change.stderr.contains("error[storage-full]"), "\(change.stderr)")
                    break
                }
                pinned.toggle()
            }
            let shown = try await LeaseClient(play: play).send("GET", "/v1/snapshots/\(made.base)")
            #expect(shown.body["pinned"] == .bool(pinned))
            try clear(play)
            #expect(try await play.varve(["snapshot", "pin", made.base]).status == 0)
            #expect(try await made.left(in: play).count == 3)
            try await expectInOrder(play)
        }
    }

    @Test func `at the daemon's start or kill is no reason not to start`() async throws {
        try await onSmallDisk { play in
            #expect(try await play.run(cached).exitCode == 0)
            try await fill(play)
            await play.daemon.kill()
            try await play.daemon.start(Self.impatient)
            let refused = try await play.varve(["run", "-", "--no-cache"], input: cached)
            #expect(
                refused.status == 5 && refused.stderr.contains("error[storage-full]"), "\(refused.stderr)")
            await play.daemon.stop()
            try await play.daemon.start(Self.impatient)
            try clear(play)
            try await expectInOrder(play)
        }
    }

    @Test func `that is almost full makes a step wait, which goes on when there is room`() async throws {
        try await onSmallDisk(["--disk-wait-seconds", "600"]) { play in
            #expect(try await play.run(cached).exitCode == 0)
            try await fill(play, left: 1800)
            let run = try play.start(both)
            try await run.event("warning") { $0["code"]?.text == "disk-wait" }
            try clear(play)
            let end = try await run.end()
            #expect(end.statuses == ["base": "cache_hit", "small": "passed"], "\(end.stderr)")
            try await expectInOrder(play)
        }
    }

    @Test func `is said before it is one, in runs, the usage, the numbers and the log`() async throws {
        try await onSmallDisk(["--disk-warning", "60"]) { play in
            try await fill(play, left: 12_000)
            let run = try await play.run(cached)
            #expect(run.exitCode == 0)
            let warnings = run.events("warning").filter { $0["code"]?.text == "disk-space" }
            #expect(warnings.first?["detail"]?.text?.contains("% full") == true, "\(warnings)")
            let usage = try await play.varve(["du"])
            #expect(usage.stdout.contains("% full"), "\(usage.stdout)")
            let numbers = try await play.request("GET", "/metrics")
            #expect(numbers.stdout.contains("varve_disk_level 1\n"), "\(numbers.stdout)")
            try await eventually("the log says so") {
                let log = try String(contentsOfFile: play.daemon.log, encoding: .utf8)
                return log.split(separator: "\n").contains {
                    $0.contains(" warning ") && $0.contains("% full") && $0.contains("level=warning")
                }
            }
            try clear(play)
        }
    }

    @Test func `above its high mark has its least valuable snapshots collected, and no pinned one`()
        async throws
    {
        let marks = ["--disk-high", "70", "--disk-low", "60", "--disk-warning", "60"]
        try await onSmallDisk(marks) { play in
            func step(_ key: String, _ text: String) -> String {
                """
                version: 1
                image: busybox
                steps: [{key: \(key), run: '\(text)', cache: forever, network: none}]
                """
            }
            // Key and number tell them apart for people and for the identity.
            func large(_ number: Int) -> String { "dd if=/dev/zero of=/f bs=1M count=5; echo \(number) > /n" }
            let pinned = try await play.run(step("pinned", "dd if=/dev/zero of=/f bs=1M count=4"))
            let id = pinned.events("step_end").first?["snapshot"]?.text ?? ""
            #expect(try await play.varve(["snapshot", "pin", id]).status == 0)
            let dear = try await play.run(step("dear", "sleep 2; echo dear > /f"))
            for number in 1...12 {
                let run = try await play.run(step("large\(number)", large(number)))
                #expect(run.exitCode == 0, "\(run.stderr)")
                // In the background.
                try await eventually("the disk is below its high mark") {
                    let numbers = try await play.request("GET", "/metrics").stdout
                    return numbers.contains("varve_disk_level 0\n")
                        || numbers.contains("varve_disk_level 1\n")
                }
            }
            for (key, text) in [
                ("pinned", "dd if=/dev/zero of=/f bs=1M count=4"), ("dear", "sleep 2; echo dear > /f"),
            ] {
                #expect(try await play.run(step(key, text)).statuses == [key: "cache_hit"])
            }
            #expect(dear.exitCode == 0)
            let numbers = try await play.request("GET", "/metrics").stdout
            #expect(
                !numbers.contains("varve_collected_snapshots_total 0\n")
                    && numbers.contains("varve_collections_total{cause=\"request\"} 0\n"))
            #expect(try await play.leftovers() == [])
        }
    }
}

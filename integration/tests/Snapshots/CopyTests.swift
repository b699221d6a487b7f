import Foundation
import Testing

/// What leaves a step's result: by `varve cp`, and as the stream it is made of.
@Suite struct `A copy out of a step's result` {
    private let pipeline = """
        version: 1
        image: busybox
        steps:
          - key: make
            run: |
              mkdir out; echo built > out/report; ln -s report out/link; echo tools > /tools
              ln -s out latest; ln -s /workspace/out /found; ln -s ../../etc up; mkdir /opt; ln -s /bin /opt/bin
            cache: forever
            network: none
          - {key: more, from: make, run: 'echo more > out/more', cache: forever, network: none}
        """

    private func withRun(_ body: (Playground, RunResult) async throws -> Void) async throws {
        try await Playground.open { play in
            try play.write("a.txt", "one\n")
            let run = try await play.run(pipeline)
            try #require(run.statuses == ["make": "passed", "more": "passed"], "\(run.stderr)")
            try await body(play, run)
        }
    }

    private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    private func names(in directory: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
    }

    // MARK: - By the client

    @Test func `has a file or a directory of the workspace or the system, under the name it is given`()
        async throws
    {
        try await withRun { play, run in
            let place = play.root + "/copies"
            try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
            for (source, destination) in [
                ("make:out/report", "renamed"), ("\(run.id)/make:/workspace/out/report", ""),
                ("more:out", "directory"), ("make:/tools", ""),
            ] {
                let copied = try await play.varve(["cp", source, "\(place)/\(destination)"])
                #expect(copied.status == 0 && copied.stdout.isEmpty, "\(source): \(copied.stderr)")
            }
            #expect(try names(in: place) == ["directory", "renamed", "report", "tools"])
            #expect(try text(place + "/renamed") == "built\n")
            #expect(try text(place + "/report") == "built\n")
            #expect(try text(place + "/tools") == "tools\n")
            #expect(try names(in: place + "/directory") == ["link", "more", "report"])
            #expect(try text(place + "/directory/more") == "more\n")
            let link = try FileManager.default.destinationOfSymbolicLink(atPath: place + "/directory/link")
            #expect(link == "report")
            #expect(try names(in: play.project) == ["a.txt"], "nothing comes into the source by itself")
        }
    }

    @Test func `goes through links to directories, but never out of the tree`() async throws {
        try await withRun { play, _ in
            let place = play.root + "/copies"
            try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
            for source in ["make:latest/report", "make:/opt/bin/sh"] {
                let copied = try await play.varve(["cp", source, place])
                #expect(copied.status == 0, "\(source): \(copied.stderr)")
            }
            #expect(try text(place + "/report") == "built\n")
            for source in ["make:up/passwd", "make:/found/report"] {
                #expect(try await play.varve(["cp", source, place]).status != 0, "\(source)")
            }
            #expect(try names(in: place) == ["report", "sh"])
        }
    }

    @Test func `of a directory's content, or of the workspace, makes the directory it goes to`() async throws
    {
        try await withRun { play, _ in
            let place = play.root + "/copies"
            try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
            for (source, destination) in [
                ("make:.", "all"), ("make:/workspace", "same/"), ("make:out/.", "out"),
                ("make:latest/.", "."),
            ] {
                let copied = try await play.varve(["cp", source, "\(place)/\(destination)"])
                #expect(copied.status == 0, "\(source): \(copied.stderr)")
            }
            #expect(try names(in: place) == ["all", "link", "out", "report", "same"])
            #expect(try names(in: place + "/all") == ["a.txt", "latest", "out", "up"])
            #expect(try names(in: place + "/same") == names(in: place + "/all"))
            #expect(try names(in: place + "/out") == ["link", "report"])
            for (source, code) in [("make:out/report/.", "not-found"), ("make:up/.", "bad-path")] {
                let refused = try await play.varve(["cp", source, place + "/none"])
                #expect(refused.status == 5, "\(source)")
                #expect(refused.stderr.contains("error[\(code)]"), "\(refused.stderr)")
            }
            #expect(!FileManager.default.fileExists(atPath: place + "/none"))
        }
    }

    @Test func `of the last run stands on its revision, also where the step was a hit`() async throws {
        try await withRun { play, first in
            try play.write("a.txt", "newer\n")
            #expect(try await play.run(pipeline).status(of: "make") == "cache_hit")
            let place = play.root + "/copy"
            #expect(try await play.varve(["cp", "make:a.txt", place]).status == 0)
            #expect(try text(place) == "newer\n")
            #expect(try await play.varve(["cp", "\(first.id)/make:a.txt", place]).status == 0)
            #expect(try text(place) == "one\n")
        }
    }

    @Test func `to standard output is a tar stream`() async throws {
        try await withRun { play, _ in
            let listed = try await play.shell(
                "VARVE_SOCKET='\(play.socket)' '\(Programs.varve)' cp make:out - | tar -t")
            #expect(listed.lines == ["out/", "out/link", "out/report"])
            let content = try await play.shell(
                "VARVE_SOCKET='\(play.socket)' '\(Programs.varve)' cp make:out/. - | tar -t")
            #expect(content.lines == ["./", "link", "report"])
        }
    }

    @Test func `of what is not there is refused, and leaves nothing`() async throws {
        try await withRun { play, _ in
            for source in ["make:out/more", "nosuch:out"] {
                let refused = try await play.varve(["cp", source, play.root + "/copy"])
                #expect(refused.status == 5, "\(source): \(refused.stderr)")
                #expect(refused.stderr.contains("error[not-found]"), "\(source): \(refused.stderr)")
            }
            let left = try names(in: play.root).filter { $0.contains("cp") || $0.contains("copy") }
            #expect(left == [], "half a copy stays behind")
        }
    }

    // MARK: - As a stream

    /// What the stream of a snapshot's files has, path by path, with the files' lines.
    private func files(
        _ play: Playground, of step: String, _ run: RunResult, _ query: String
    ) async throws -> [String] {
        let id = try #require(run.events("step_end", of: step).first?["snapshot"]?.text)
        let place = "\(play.root)/stream-\(UUID().uuidString.prefix(8))"
        let unpacked = try await Playground.shell(
            """
            mkdir '\(place)'
            curl -sSf --unix-socket '\(play.socket)' 'http://varve/v1/snapshots/\(id)/files?\(query)' >'\(place).tar'
            tar -xf '\(place).tar' -C '\(place)'
            cd '\(place)'; find . -type f -exec grep -H '' {} + | sort
            """, in: "/")
        try #require(unpacked.status == 0, "\(query): \(unpacked.stderr)")
        return unpacked.lines
    }

    @Test func `as a stream has the whole view, or with view=delta what the lineage wrote and nothing else`()
        async throws
    {
        try await withRun { play, run in
            #expect(
                try await files(play, of: "more", run, "path=.")
                    == ["./a.txt:one", "./out/more:more", "./out/report:built"])
            #expect(
                try await files(play, of: "more", run, "path=.&view=delta")
                    == ["./out/more:more", "./out/report:built"])
            #expect(try await files(play, of: "make", run, "path=.&view=delta") == ["./out/report:built"])
            #expect(try await files(play, of: "more", run, "path=out/more&view=delta") == ["./more:more"])
            #expect(try await files(play, of: "more", run, "path=/tools") == ["./tools:tools"])
            #expect(try await files(play, of: "more", run, "path=/&view=delta") == ["./tools:tools"])
            let id = run.events("step_end", of: "more").first?["snapshot"]?.text ?? ""
            let source = try await LeaseClient(play: play).send(
                "GET", "/v1/snapshots/\(id)/files?path=a.txt&view=delta")
            #expect(source.status == 404 && source.code == "not-found", "\(source.body)")
        }
    }

    @Test func `as a stream stands on the revision it was made on, or on the one named`() async throws {
        try await withRun { play, first in
            try play.write("a.txt", "newer\n")
            let second = try await play.run(pipeline)
            #expect(second.status(of: "more") == "cache_hit")
            let revision = try #require(second.events("build_start").first?["revision"]?.text)
            #expect(try await files(play, of: "more", first, "path=a.txt") == ["./a.txt:one"])
            #expect(
                try await files(play, of: "more", first, "path=.&revision=\(revision)")
                    == ["./a.txt:newer", "./out/more:more", "./out/report:built"])
            let id = first.events("step_end", of: "more").first?["snapshot"]?.text ?? ""
            let gone = try await LeaseClient(play: play).send(
                "GET", "/v1/snapshots/\(id)/files?path=a.txt&revision=\(String(repeating: "0", count: 64))")
            #expect(gone.status == 409 && gone.code == "revision-gone", "\(gone.body)")
        }
    }
}

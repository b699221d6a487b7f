import API
import Client
import Testing

/// Tools that compare times, such as make, behind steps that are hits.
@Suite struct `Make behind a cached make` {
    private func pipeline(_ cache: String) -> String {
        """
        version: 1
        image: make
        steps:
          - {key: build, run: make, cache: \(cache), network: none}
          - {key: test, from: build, run: make && cat program, network: none}
        """
    }

    private let makefile = "program: main.src lib.src\n\tcat main.src lib.src > program\n"

    private func open(_ body: (Playground) async throws -> Void) async throws {
        try await Playground.open { play in
            try await play.importMake()
            try play.write("Makefile", makefile)
            try play.write("lib.src", "lib\n")
            try await body(play)
        }
    }

    /// A state of the source, with times that tell nothing: those of long ago.
    private func check(
        _ play: Playground, _ cache: String, main: String, build: String, _ place: String
    ) async throws {
        try play.write("main.src", main + "\n")
        try await play.shell("find . -exec touch -h -d @0 {} +")
        let run = try await play.run(pipeline(cache))
        #expect(run.status(of: "build") == build, "\(place): \(run.reason(of: "build")) \(run.stderr)")
        #expect(run.log(of: "test").hasSuffix("\(main)\nlib\n"), "\(place): \(run.log(of: "test"))")
    }

    @Test func `makes the right program after an edit and after switching back`() async throws {
        try await open { play in
            // It looks at what `forever` says it does not look at, so the program it left is an older one.
            try await check(play, "forever", main: "one", build: "passed", "first")
            try await check(play, "forever", main: "two", build: "cache_hit", "edited")
            try await check(play, "forever", main: "one", build: "cache_hit", "switched back")
            try await check(play, "forever", main: "two", build: "cache_hit", "and forth")
        }
    }

    @Test func `makes the right program where the cached make is redone for an edit`() async throws {
        try await open { play in
            let cache = "{on_change: [main.src]}"
            try await check(play, cache, main: "one", build: "passed", "first")
            try await check(play, cache, main: "two", build: "passed", "edited")
            try await check(play, cache, main: "one", build: "cache_hit", "switched back")
            try await check(play, cache, main: "two", build: "cache_hit", "and forth")
        }
    }

    @Test func `makes the right program where its workspace was removed and has come again`() async throws {
        try await open { play in
            try await check(play, "forever", main: "one", build: "passed", "first")
            for workspace in try await play.client.workspaces().items {
                _ = try await play.request("DELETE", "/v1/workspaces/\(workspace.name)")
            }
            // What the removed one left is found by its name, and is younger than the source's own times.
            try await check(play, "forever", main: "two", build: "cache_hit", "come again")
        }
    }

    @Test func `has nothing to do where nothing it needs has changed`() async throws {
        try await open { play in
            try play.write("main.src", "one\n")
            _ = try await play.run(pipeline("forever"))
            try play.write("unrelated", "new")
            let run = try await play.run(pipeline("forever"))
            #expect(run.status(of: "build") == "cache_hit")
            #expect(run.log(of: "test").contains("up to date"), "\(run.log(of: "test"))")
        }
    }
}

extension Playground {
    /// Imports busybox with this machine's make and the libraries it needs as the image `make`.
    func importMake() async throws {
        let image = root + "/make-image"
        try await Busybox.makeRoot(image)
        let copied = try await Self.shell(
            """
            make=$(command -v make); cp -L "$make" '\(image)/usr/bin/make'
            for library in $(ldd "$make" | grep -o '/[^ ]*'); do
                mkdir -p "\(image)$(dirname "$library")"; cp -L "$library" "\(image)$library"
            done
            """, in: "/")
        try #require(copied.status == 0, "\(copied.stderr)")
        let imported = try await varve(["image", "import", "make", image])
        try #require(imported.status == 0, "\(imported.stderr)")
    }
}

import Testing

@Suite struct `A pipeline that can't be run` {
    /// The document, and what the error must name: the place, and the thing.
    static let documents: [(name: String, text: String, named: [String])] = [
        ("no YAML", "version: 1\nsteps: [", ["line"]),
        ("no version", "steps: []", ["version"]),
        ("an unknown version", "version: 7\nsteps: []", ["version", "7"]),
        ("a missing key", "version: 1\nsteps: [{run: 'true'}]", ["steps[0]", "key"]),
        ("a duplicate key", "version: 1\nsteps: [{key: a, run: 'true'}, {key: a, run: 'true'}]", ["a"]),
        ("an unknown parent", "version: 1\nsteps: [{key: a, from: nobody, run: 'true'}]", ["nobody"]),
        (
            "a cycle", "version: 1\nsteps: [{key: a, from: b, run: 'true'}, {key: b, from: a, run: 'true'}]",
            ["a", "b", "wait for each other"]
        ),
        ("a bad duration", "version: 1\nsteps: [{key: a, run: 'true', timeout: soon}]", ["timeout", "soon"]),
        (
            "a glob that climbs out",
            "version: 1\nsteps: [{key: a, run: 'true', cache: {on_change: [../x]}}]", ["../x"]
        ),
        ("an unknown field", "version: 1\nsteps: [{key: a, run: 'true', cahce: forever}]", ["cahce"]),
        ("an unknown policy", "version: 1\nsteps: [{key: a, run: 'true', cache: sometimes}]", ["sometimes"]),
        (
            "secrets in Harmont's form",
            #"{"version":"0","graph":{"nodes":[{"step":{"key":"a","cmd":"true","secrets":["X"]}}],"edges":[]}}"#,
            ["secrets"]
        ),
        (
            "a step without a command in Harmont's form",
            #"{"version":"0","graph":{"nodes":[{"step":{"key":"a"}}],"edges":[]}}"#, ["cmd"]
        ),
    ]

    @Test(arguments: documents.indices) func `ends with 7, names the place, and runs nothing`(
        index: Int
    ) async throws {
        let document = Self.documents[index]
        try await Playground.open(image: false) { play in
            let output = try await play.varve(["run", "-"], input: document.text)
            #expect(output.status == 7, "\(document.name): \(output.stderr)")
            #expect(output.stderr.contains("error["), "\(document.name): \(output.stderr)")
            for word in document.named {
                #expect(output.stderr.contains(word), "\(document.name): \(output.stderr)")
            }
            let runs = try await play.varve(["runs", "--format", "json"])
            #expect(runs.lines.isEmpty, "\(runs.stdout)")
        }
    }

    @Test func `is refused over the socket with 422, as a problem with code and remedy`() async throws {
        try await Playground.open(image: false) { play in
            let answer = try await play.request(
                "POST", "/v1/runs",
                body: #"{"pipeline": "version: 1\nsteps: [{key: a, run: 'true', cahce: x}]"}"#,
                ["-w", "\n%{http_code} %{content_type}"])
            #expect(answer.lines.last?.hasPrefix("422 application/problem+json") == true, "\(answer.stdout)")
            #expect(answer.stdout.contains("\"code\"") && answer.stdout.contains("\"fix\""))
            #expect(answer.stdout.contains("cahce"))
        }
    }

    @Test func `names a variable that is to be passed and is not set`() async throws {
        try await Playground.open(image: false) { play in
            let output = try await play.varve(
                ["run", "-"],
                input: "version: 1\nsteps: [{key: a, run: 'true', pass_env: [VARVE_TEST_UNSET]}]")
            #expect(output.status == 7, "\(output.stderr)")
            #expect(output.stderr.contains("VARVE_TEST_UNSET"))
        }
    }

    @Test func `that is a slug gets the hint to render it`() async throws {
        try await Playground.open(image: false) { play in
            let output = try await play.varve(["run", "ci"])
            #expect(output.status == 2 || output.status == 7, "\(output.stderr)")
            #expect(output.stderr.contains("hm render ci | varve run -"), "\(output.stderr)")
        }
    }
}

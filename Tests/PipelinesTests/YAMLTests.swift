import Model
import Pipelines
import Testing

/// What YAML 1.1 would turn into something else stays as it is written.
struct YAMLTests {
    @Test func `unquoted values of environment variables keep their spelling`() throws {
        let values = [
            "yes", "on", "No", "true", "1:20", "0123", "0x1F", "1_000", "1e3", "1.10", "2026-01-31", "+1",
            ".inf", "=",
        ]
        let lines = values.enumerated().map { "V\($0): \($1)" }.joined(separator: ", ")
        let step = try Reading.pipeline(Reading.step("env: {\(lines)}"))["a"]
        for (index, value) in values.enumerated() { #expect(step?.environment["V\(index)"] == value) }
    }

    @Test func `names that YAML 1.1 takes for booleans are names`() throws {
        let step = try Reading.pipeline(Reading.step("env: {on: a, yes: b, NO: c}"))["a"]
        #expect(step?.environment == ["on": "a", "yes": "b", "NO": "c"])
        #expect(try Reading.pipeline("version: 1\nsteps: [{key: no, run: yes}]")["no"]?.command == "yes")
    }

    @Test func `null in quotes is text, and so is a tagged scalar`() throws {
        let step = try Reading.pipeline(
            Reading.step(#"env: {A: "null", B: '~', C: "", D: !!str 1, E: !!str }"#))["a"]
        #expect(step?.environment == ["A": "null", "B": "~", "C": "", "D": "1", "E": ""])
    }

    @Test func `a command in a block keeps its lines, and what looks like an alias or anchor in it`() throws {
        let text = """
            version: 1
            steps:
              - key: a
                run: |
                  rm -f *.o *core &
                  sleep 1 &wait
                  echo "&a" '*a' [*x]
                env: {GLOB: "*name", REF: "&name", PLAIN: a *b &c}
            """
        let step = try Reading.pipeline(text)["a"]
        #expect(step?.command == "rm -f *.o *core &\nsleep 1 &wait\necho \"&a\" '*a' [*x]\n")
        #expect(step?.environment == ["GLOB": "*name", "REF": "&name", "PLAIN": "a *b &c"])
    }

    @Test(arguments: [
        ("env: &e {A: b}", "(5:10)"), ("env: {A: &v b}", "(5:14)"), ("user: &u root", "(5:11)"),
        ("? &k user\n    : root", "(5:7)"), ("user: *u", "(5:11)"), ("env: {<<: *e}", "(5:15)"),
        ("*u : root", "(5:5)"), ("outputs: [*u, &u x]", "(5:19)"), ("outputs: [&u x, *u]", "(5:15)"),
    ])
    func `anchors and aliases are refused at their place`(line: String, place: String) throws {
        let failure = try #require(Reading.failure(Reading.step(line)))
        #expect(failure.detail == "\(place) YAML anchors and aliases are not supported")
    }

    @Test(arguments: [
        "env: !!binary aGk=", "timeout: !!int 5", "user: !custom root", "env: !<tag:x,2026:y> {A: b}",
        "outputs: !!set [a]",
    ])
    func `tags are refused`(line: String) throws {
        #expect(try #require(Reading.failure(Reading.step(line))).detail.contains("the YAML tag ‘"))
    }

    @Test(arguments: [
        ("user: a\n    user: b", "‘user’ appears twice in one mapping"),
        ("env: {A: b, A: c}", "‘A’ appears twice in one mapping"),
        ("env: {A: b, 'A': c}", "‘A’ appears twice in one mapping"),
        ("env: {1: b, \"1\": c}", "‘1’ appears twice in one mapping"),
    ])
    func `a name that appears twice is refused`(line: String, sentence: String) throws {
        let failure = try #require(Reading.failure(Reading.step(line)))
        #expect(failure.detail.hasPrefix("(5:"))
        #expect(failure.detail.hasSuffix(sentence))
    }

    @Test(arguments: [
        ("version: 1\nsteps: [", "(3:1) not valid YAML"), ("version: 1\n\tsteps: []", "(2:1) not valid YAML"),
        ("version: 1\nsteps:\n  - key: a\n   run: b", "(4:4) not valid YAML"),
        ("a: 'b", "(1:6) not valid YAML"),
        ("a: b\n---\nc: d", "(2:1) a second document begins here"),
        ("a: \"\\ud83d\"", "(1:7) not valid YAML"),
        ("? {a: b}\n: c", "(1:3) a mapping has a name that is itself a list or a mapping"),
        ("é: a\u{1}b", "(1:5) not valid YAML"), ("a: %b", "(1:4) not valid YAML"),
        ("a: `b`", "(1:4) not valid YAML"),
        ("", "the pipeline is empty"), (" \n\t", "the pipeline is empty"),
        ("---\n", "(2:1): expected a pipeline, found nothing"),
        ("# nothing\n", "the document has no content"),
    ])
    func `text that is no document is refused, with its place`(text: String, detail: String) throws {
        #expect(try #require(Reading.failure(text)).detail.hasPrefix(detail))
    }

    @Test func `a byte order mark, a directive and Windows line ends are read over`() throws {
        let text = "\u{FEFF}%YAML 1.2\r\n---\r\nversion: 1\r\nsteps:\r\n- key: a\r\n  run: x\r\n"
        #expect(try Reading.pipeline(text).keys == ["a"])
    }

    @Test func `columns count characters, not bytes`() {
        let failure = Reading.failure("version: 1\nsteps: [{key: äöü€😀, run: x, user: 'a b'}]")
        #expect(failure?.detail.hasPrefix("steps[0].user (2:36)") == true)
    }
}

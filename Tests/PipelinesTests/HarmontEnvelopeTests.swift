import Model
import Pipelines
import Testing

struct HarmontEnvelopeTests {
    private func envelope(_ slugs: String...) -> String {
        let entries = slugs.map { slug in
            let step = #"{"type": "command", "key": "\#(slug)-step", "cmd": "true"}"#
            return #"{"slug": "\#(slug)", "definition": {"version": "0", "steps": [\#(step)]}}"#
        }
        return #"{"schema_version": "1", "pipelines": [\#(entries.joined(separator: ", "))]}"#
    }

    @Test func `the slug chooses`() throws {
        #expect(try Reading.pipeline(envelope("ci", "nightly"), slug: "nightly").keys == ["nightly-step"])
    }

    @Test func `several pipelines and no slug: the slugs are listed`() {
        let failure = Reading.failure(envelope("ci", "nightly"))
        #expect(failure?.detail == "pipelines (1:38): the envelope has 2 pipelines: ‘ci’, ‘nightly’")
        #expect(failure?.fix.contains("-p SLUG") == true)
    }

    @Test func `an unknown slug: the slugs are listed`() {
        let failure = Reading.failure(envelope("ci"), slug: "release")
        #expect(failure?.detail == "pipelines (1:38): there is no pipeline ‘release’; there are: ‘ci’")
    }

    @Test func `a slug that two pipelines have is refused`() {
        #expect(
            Reading.failure(envelope("ci", "ci"), slug: "ci")?.detail.hasPrefix("pipelines[1] (1:") == true)
    }

    @Test func `errors of the chosen pipeline have their whole path, and those of others don't matter`() {
        let text = envelope("ci", "nightly").replacing(#""key": "nightly-step", "#, with: "")
        #expect(throws: Never.self) { try Reading.pipeline(text, slug: "ci") }
        let failure = Reading.failure(text, slug: "nightly")
        #expect(failure?.detail.hasPrefix("pipelines[1].definition.steps[0] (1:") == true)
    }

    @Test(arguments: [
        (
            #"{"schema_version": "2", "pipelines": []}"#,
            "schema_version (1:20): ‘2’ is no known schema version"
        ),
        (#"{"schema_version": "1"}"#, "(1:1): an envelope needs ‘pipelines’"),
        (#"{"schema_version": "1", "pipelines": []}"#, "pipelines (1:38): the envelope has no pipelines"),
        (
            #"{"schema_version": "1", "pipelines": [{"definition": {}}]}"#,
            "pipelines[0] (1:39): a pipeline needs ‘slug’"
        ),
        (
            #"{"schema_version": "1", "pipelines": [{"slug": "a"}]}"#,
            "pipelines[0] (1:39): a pipeline needs ‘definition’"
        ),
        (
            #"{"schema_version": "1", "pipelines": [{"slug": "a", "definition": {}}]}"#,
            "pipelines[0].definition (1:67): a definition needs ‘version’"
        ),
        (
            #"{"schema_version": "1", "pipelines": [{"slug": "a", "definition": {"version": 1}}]}"#,
            "pipelines[0].definition.version (1:79): ‘1’ is no known version of Harmont IR"
        ),
    ])
    func `a bad envelope is refused at its place`(text: String, detail: String) {
        #expect(Reading.failure(text)?.detail == detail)
    }

    @Test func `a slug for a single pipeline chooses nothing, and says so`() throws {
        let pipeline = try Reading.pipeline(Reading.node(), slug: "ci")
        #expect(pipeline.notices.count == 1)
        #expect(pipeline.notices.first?.contains("‘ci’ chooses nothing") == true)
    }
}

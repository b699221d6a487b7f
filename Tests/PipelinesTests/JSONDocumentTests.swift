import Model
import Pipelines
import Testing

/// A pipeline in JSON is read as JSON, with places.
struct JSONDocumentTests {
    @Test(arguments: [
        #"{"a": "\ud83d"}"#, #"{"a": "\ud83d\u0041"}"#, #"{"a": "\ude00"}"#, #"{"a": "\x41"}"#,
        #"{"a": "\u00g0"}"#, #"{"a": "\u+041"}"#,
        "{\"a\": \"b\u{1}\"}", #"{"a": 01}"#, #"{"a": -}"#, #"{"a": 1.}"#, #"{"a": .5}"#, #"{"a": 1e}"#,
        #"{"a": +1}"#, #"{"a": truely}"#,
        #"{"a" "b"}"#, #"{"a": "b" "c": "d"}"#, #"{"a": ["b" "c"]}"#, #"{"a": "b""#, #"{"a": [1, 2"#,
        #"{"a": "b"}}"#, #"{"a": "b"} x"#,
        "{", "[", "[1", #"{"a"#, #"{"a":"#, #"["\"#,
    ])
    func `what neither JSON nor YAML allows is refused`(text: String) throws {
        // Some of these are plain scalars to YAML; then they are no pipeline all the same.
        let failure = try #require(Reading.failure(text))
        #expect(failure.detail.hasPrefix("(1:"))
    }

    @Test(arguments: [
        ("{\"version\": 1,\n \"steps\": [}", "(2:12) not valid JSON: expected a value, found ‘}’"),
        ("{\"version\": 1\n \"steps\": []}", "(2:2) not valid JSON: expected ‘,’ or ‘}’, found ‘\"’"),
        ("{\"é\": \"\\q\"}", "(1:8) not valid JSON: an unknown escape in a string"),
        ("{\"version\": 1", "(1:14) not valid JSON: expected ‘,’ or ‘}’, found the end of the text"),
        ("{\"a\": 1, \"a\": 2}", "(1:10) ‘a’ appears twice in one mapping"),
        ("{\"a\": 1, \"\\u0061\": 2}", "(1:10) ‘a’ appears twice in one mapping"),
    ])
    func `mistakes are refused at their place`(text: String, detail: String) {
        #expect(Reading.failure(text)?.detail == detail)
    }

    @Test func `numbers are not rounded`() throws {
        let text =
            #"{"version": 1, "env": {"A": 9007199254740993, "B": 0.1000, "C": -0, "D": 1E+2}, "#
            + #""steps": [{"key": "a", "run": "x"}]}"#
        let step = try Reading.pipeline(text)["a"]
        #expect(step?.environment == ["A": "9007199254740993", "B": "0.1000", "C": "-0", "D": "1E+2"])
    }

    @Test(arguments: [
        ("{\"version\": 1,\n \"env\": {\"A\": \"é\", \"B\": [1]}, \"steps\": []}", "env.B (2:25): "),
        ("{\"version\": 1, \"steps\": [],\n\n  \"stpes\": []}", "stpes (3:3): "),
    ])
    func `values and names that are no pipeline's are refused at their place`(text: String, place: String) {
        #expect(Reading.failure(text)?.detail.hasPrefix(place) == true)
    }
}

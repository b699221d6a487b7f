import API
import JSON
import Model
import Testing

@Suite struct JSONCodingTests {
    private func parse(_ text: String) throws -> JSONValue { try JSONValue(parsing: Array(text.utf8)) }

    @Test(arguments: [
        ("[1,]", "not valid JSON at byte 3: expected a value, found ‘]’"),
        ("{\"a\":1,\"a\":2}", "not valid JSON at byte 7: member ‘a’ appears twice"),
    ])
    func `what is no JSON is refused with the place`(_ text: String, _ detail: String) throws {
        let failure = try #require(throws: Failure.self) { try parse(text) }
        #expect(failure.code == .badRequest)
        #expect(failure.detail == detail)
    }

    @Test func `too many levels are refused, not followed`() throws {
        #expect(throws: Failure.self) {
            try parse(String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000))
        }
        #expect(throws: Never.self) {
            try parse(String(repeating: "[", count: 128) + String(repeating: "]", count: 128))
        }
    }

    @Test func `a pipeline given as an object is handed on as it was written`() throws {
        let body = #"{"pipeline":{"version":1,"env":{"V":3.10}},"workspace":"w"}"#
        let request = try JSONCoding.decode(
            Wire.RunRequest.self, from: Array(body.utf8), unknownMembers: .refused)
        #expect(request.pipeline.text == #"{"version":1,"env":{"V":3.10}}"#)
        #expect(request.workspace == "w")
    }

    @Test func `a pipeline given as a string is that text`() throws {
        let body = #"{"pipeline":"version: 1\n"}"#
        let request = try JSONCoding.decode(
            Wire.RunRequest.self, from: Array(body.utf8), unknownMembers: .refused)
        #expect(request.pipeline == .text("version: 1\n"))
    }

    @Test(arguments: [
        (#"{"pipeline":7}"#, "pipeline"),
        (#"{"pipeline":"x","options":{"jobs":"4"}}"#, "options.jobs"),
        (#"{"pipeline":"x","options":{"targets":["a",3]}}"#, "options.targets[1]"),
        (#"{"pipeline":"x","options":{"no_cahe":true}}"#, "no_cahe"),
        (#"{"workspace":"x"}"#, "pipeline"),
        (#"{"pipeline":"x","options":{"env":{"A":1}}}"#, "options.env.A"),
        (#"{"pipeline":"x","revision":"abc"}"#, "revision"),
        (#"[]"#, "an object"),
    ])
    func `a wrong request is refused by the name of its member`(_ body: String, _ place: String) throws {
        let failure = try #require(throws: Failure.self) {
            try JSONCoding.decode(Wire.RunRequest.self, from: Array(body.utf8), unknownMembers: .refused)
        }
        #expect(failure.code == .badRequest)
        #expect(failure.detail.contains(place))
    }

    @Test func `many members are looked up in time linear in their number`() throws {
        let members = (0..<100_000).map { "\"\($0)\":\"v\($0)\"" }.joined(separator: ",")
        let start = ContinuousClock.now
        let read = try JSONCoding.decode(
            [String: String].self, from: Array("{\(members)}".utf8), unknownMembers: .refused)
        #expect(read.count == 100_000 && read["99999"] == "v99999")
        // One by one it would be minutes.
        #expect(start.duration(to: .now) < .seconds(20))
    }

    @Test func `an unknown member is refused by its place`() throws {
        let body = #"{"pipeline":"x","options":{"jbos":4}}"#
        let failure = try #require(throws: Failure.self) {
            try JSONCoding.decode(Wire.RunRequest.self, from: Array(body.utf8), unknownMembers: .refused)
        }
        #expect(failure.detail == "options: unknown member ‘jbos’")
    }

    @Test func `integers of every width are read and written within their bounds`() throws {
        let text = #"{"a":-128,"b":65535,"c":-9223372036854775808,"d":18446744073709551615,"e":[0,1.5]}"#
        struct Numbers: Codable {
            var a: Int8
            var b: UInt16
            var c: Int64
            var d: UInt64
            var e: [Double]
        }
        let numbers = try JSONCoding.decode(Numbers.self, from: Array(text.utf8), unknownMembers: .refused)
        #expect(
            try String(decoding: JSONCoding.encode(numbers), as: UTF8.self)
                == text.replacing("[0,", with: "[0.0,"))
        for wrong in ["128", "1.0", "1e2", "\"1\"", "null"] {
            #expect(throws: Failure.self) {
                try JSONCoding.decode([Int8].self, from: Array("[\(wrong)]".utf8), unknownMembers: .refused)
            }
        }
    }

    @Test func `an answer with unknown members is read`() throws {
        let body = #"{"status":"ok","findings":[],"mood":"fine"}"#
        let health = try JSONCoding.decode(Wire.Health.self, from: Array(body.utf8), unknownMembers: .ignored)
        #expect(health.status == .ok)
    }

    @Test func `all run options survive a round trip under their names on the wire`() throws {
        let a = try #require(StepKey("a"))
        let options = Wire.RunOptions(
            pipeline: "p", targets: [a], jobs: 3, keepGoing: true, env: ["K": "V_é"], passEnv: ["T": "s"],
            noCache: .steps([a]), pull: false, timeoutSeconds: 60, attached: true, untrusted: false,
            outputsPath: "/src")
        let bytes = try JSONCoding.encode(options)
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == #"{"pipeline":"p","targets":["a"],"jobs":3,"keep_going":true,"env":{"K":"V_é"},"#
                + #""pass_env":{"T":"s"},"no_cache":["a"],"pull":false,"timeout_seconds":60,"attached":true,"#
                + #""untrusted":false,"outputs_path":"/src"}"#)
        #expect(
            try JSONCoding.decode(Wire.RunOptions.self, from: bytes, unknownMembers: .refused) == options)
    }

    @Test func `no_cache is true or a list`() throws {
        func decode(_ text: String) throws -> Wire.NoCache? {
            try JSONCoding.decode(
                Wire.RunOptions.self, from: Array("{\"no_cache\":\(text)}".utf8), unknownMembers: .refused
            ).noCache
        }
        #expect(try decode("true") == .all)
        #expect(try decode("[\"b\"]") == .steps([try #require(StepKey("b"))]))
        #expect(throws: Failure.self) { try decode("\"b\"") }
    }

    @Test func `a planned miss below a miss says null for what is not known`() throws {
        let step = Wire.PlanStep(
            step: try #require(StepKey("b")), cache: .miss,
            reason: MissReason(.parentExecuted, "its parent a"),
            parent: StepKey("a"))
        #expect(
            String(decoding: try JSONCoding.encode(step), as: UTF8.self)
                == #"{"step":"b","identity":null,"cache":"miss","reason":{"code":"parent-executed","#
                + #""detail":"its parent a"},"snapshot":null,"parent":"a"}"#)
    }
}

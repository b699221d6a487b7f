import Foundation
import JSON
import TestSupport
import Testing

/// RFC 8259, strictly.
@Suite struct `A JSON document` {
    private func parse(_ text: String, mostLevels: Int = 128) throws(JSONProblem) -> JSONValue {
        try JSONValue(parsing: Array(text.utf8), mostLevels: mostLevels)
    }

    @Test func `keeps its order of members and its spelling of numbers`() throws {
        let text = #"{"z":1.10,"a":[-0,1e3,1E+2,12345678901234567890],"m":{"y":null,"b":true}}"#
        #expect(try parse(text).text == text)
    }

    @Test(arguments: [
        (#""a\/b""#, "a/b"), (#""\"\\\b\f\n\r\t""#, "\"\\\u{8}\u{C}\n\r\t"), (#""\u00e9\u20AC""#, "é€"),
        (#""\ud83d\ude00""#, "😀"), (#""é€😀""#, "é€😀"), (#""\u0041\u030a""#, "A\u{30A}"),
        (#""\u007f\u0085""#, "\u{7F}\u{85}"), (#""\ud83d\ude00\u00e9\/\b""#, "😀é/\u{8}"),
        (#""\u0000""#, "\u{0}"), (#""""#, ""),
    ])
    func `resolves escapes and surrogate pairs`(json: String, expected: String) throws {
        let text = try #require(try parse(json).string)
        #expect(text.unicodeScalars.elementsEqual(expected.unicodeScalars))
    }

    @Test func `takes every kind of white space and value anywhere`() throws {
        let value = try parse("\n\t { \"a\" :\r[ 1 , true,false ,null,\"x\" ,{ } ,[ ] ] } \n")
        #expect(value.text == #"{"a":[1,true,false,null,"x",{},[]]}"#)
        for scalar in ["1", "-0.5e-7", "true", "null", "\"x\""] { #expect(try parse(scalar).text == scalar) }
    }

    @Test(arguments: [
        "", " ", "{", "[", "[1", "[1,]", "[,1]", "{\"a\":1,}", "{,}", "01", "-01", "1.", ".5", "1e", "1e+",
        "+1", "-", "--1", "0x1", "1_0", "NaN", "Infinity", "tru", "truely", "nul", "nulll", "True",
        "\"\u{01}\"", "\"a\nb\"", "\"\\x\"", "\"\\x41\"", "\"\\ud800\"", "\"\\ud83d\\u0041\"", "\"\\ude00\"",
        "\"\\ud83d\\n\"", "\"\\u00g0\"", "\"\\u+041\"", "\"\\u12", "\"\\", "\"abc", "[\"\\",
        "[1] 2", "{\"a\":\"b\"}}", "{a:1}", "{1:1}", "'a'", "{\"a\":1 \"b\":2}", "{\"a\" \"b\"}", "[1 2]",
        "{\"a",
        "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "// x\n1", "1 /* x */", "\u{FEFF}1", "1\u{A0}",
        "[1\u{0B}]",
    ])
    func `that breaks the grammar is refused within the text`(text: String) throws {
        let problem = try #require(throws: JSONProblem.self) { try parse(text) }
        guard case .syntax = problem.reason else {
            Issue.record("\(problem)")
            return
        }
        #expect((0...text.utf8.count).contains(problem.offset))
    }

    @Test(arguments: [
        ("[}", 1, "expected a value, found ‘}’"),
        ("", 0, "expected a value, found the end of the text"),
        ("[1 2]", 3, "expected ‘,’ or ‘]’, found ‘2’"),
        ("{\"é\": \"\\q\"}", 8, "an unknown escape in a string"),
        ("[\"\\ud83d\"]", 2, "half of a surrogate pair in a string"),
        ("{\"é\" 1}", 6, "expected ‘:’, found ‘1’"),
        ("{é: 1}", 1, "expected a member name in quotes, found ‘é’"),
        ("[1]\u{7F}", 3, "expected the end, found the character U+7F"),
        ("-x", 1, "expected a digit, found ‘x’"),
        ("\"\\u00zz\"", 3, "expected four hex digits, found ‘0’"),
        ("\"\t\"", 1, "a string has a raw control character; write it as an escape"),
        ("\"abc", 4, "expected ‘\"’ at the string's end, found the end of the text"),
    ])
    func `that breaks the grammar is refused in words and at its byte`(
        text: String, offset: Int, sentence: String
    ) throws {
        let problem = try #require(throws: JSONProblem.self) { try parse(text) }
        #expect(problem == JSONProblem(.syntax(sentence), at: offset))
        #expect(problem.sentence == sentence)
    }

    @Test(
        arguments: [
            [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xE2, 0x82], [0xF4, 0x90, 0x80, 0x80], [0x80],
        ] as [[UInt8]])
    func `whose strings are not UTF-8 is refused`(bytes: [UInt8]) throws {
        let text = Array("[1,\"".utf8) + bytes + Array("\"]".utf8)
        let problem = try #require(throws: JSONProblem.self) {
            try JSONValue(parsing: text, mostLevels: 2)
        }
        #expect(problem == JSONProblem(.syntax("a string is not UTF-8"), at: 3))
        #expect(throws: JSONProblem.self) { try JSONValue(parsing: bytes, mostLevels: 2) }
    }

    @Test(arguments: [
        (#"{"a":1,"a":2}"#, 7), (#"{"a":1,"\u0061":2}"#, 7), (#"[{"b":{"a":1, "c":{"a":0},"a":2}}]"#, 26),
    ])
    func `with a repeated member is refused at the second`(text: String, offset: Int) throws {
        let problem = try #require(throws: JSONProblem.self) { try parse(text) }
        #expect(problem == JSONProblem(.repeatedMember("a"), at: offset))
    }

    @Test func `may be as deep as the caller says and no deeper`() throws {
        func nested(_ levels: Int, _ core: String = "") -> String {
            String(repeating: "[", count: levels) + core + String(repeating: "]", count: levels)
        }
        #expect(throws: Never.self) { try parse(nested(3), mostLevels: 3) }
        #expect(throws: Never.self) { try parse(nested(2, "1"), mostLevels: 3) }
        #expect(throws: Never.self) { try parse(#"{"a":{"b":1},"c":{"d":[]}}"#, mostLevels: 3) }
        let tooDeep = JSONProblem(.tooDeep(mostLevels: 3), at: 3)
        for text in [nested(4), nested(3, "1"), nested(100_000), String(repeating: "[", count: 100_000)] {
            #expect(throws: tooDeep) { try parse(text, mostLevels: 3) }
        }
    }

    @Test(arguments: ["[1,2]", #"{"a":[null]}"#, "[[],{}]"])
    func `may have as many values as the caller says and no more`(text: String) throws {
        let bytes = Array(text.utf8)
        #expect(throws: Never.self) { try JSONValue(parsing: bytes, mostLevels: 3, mostValues: 3) }
        let problem = try #require(throws: JSONProblem.self) {
            try JSONValue(parsing: bytes, mostLevels: 3, mostValues: 2)
        }
        #expect(problem.reason == .tooMany(mostValues: 2) && problem.sentence == "more than 2 values")
    }

    @Test(.timeLimit(.minutes(5)), arguments: ["[", #"{"a":"#])
    func `of 128 levels is read on the smallest stack that glibc gives a thread`(open: String) async {
        let text = String(repeating: open, count: 100_000)
        let reason: JSONProblem.Reason? = await withCheckedContinuation { continuation in
            let thread = Thread {
                do throws(JSONProblem) {
                    _ = try JSONValue(parsing: Array(text.utf8), mostLevels: 128)
                    continuation.resume(returning: nil)
                } catch {
                    continuation.resume(returning: error.reason)
                }
            }
            thread.stackSize = 2 << 20
            thread.start()
        }
        #expect(reason == .tooDeep(mostLevels: 128))
    }

    @Test func `knows the byte at which each value and name begins`() throws {
        let value = try parse(#" {"é": [1, "x"], "b": null}"#)
        guard case .object(let members) = value.content else {
            Issue.record("an object was read as \(value.kindName)")
            return
        }
        #expect(value.offset == 1)
        #expect(members.map(\.nameOffset) == [2, 18])
        #expect(members.map(\.value.offset) == [8, 23])
        #expect(members[0].value.array?.map(\.offset) == [9, 12])
    }

    @Test func `equals what says the same at another place`() throws {
        let together = JSONValue(
            .object([JSONValue.Member("a", JSONValue(.array([JSONValue(.number("1"))])))]))
        #expect(try parse(#"{"a":[1]}"#) == together)
        #expect(try parse(" {\n\"a\" : [ 1 ] }") == together)
        #expect(try parse(#"{"a":[1]}"#).hashValue == together.hashValue)
        #expect(try parse(#"{"a":[1.0]}"#) != together)
        #expect(try parse(#"{"b":[1]}"#) != together)
    }

    @Test(.timeLimit(.minutes(5)), arguments: 0..<4)
    func `that was written is read as the same`(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        for _ in 0..<200 {
            let value = JSONSample.value(levels: 5, using: &random)
            let text = value.text
            let read = try parse(text, mostLevels: 5)
            #expect(read == value)
            #expect(read.text == text)
        }
    }

    @Test(.timeLimit(.minutes(5)), arguments: 0..<4)
    func `that was damaged is read or refused within the text, never fatal`(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        for _ in 0..<500 {
            var bytes = Array(JSONSample.value(levels: 4, using: &random).text.utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0...bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0:
                    bytes.insert(Array("{}[]\",:\\u1e-".utf8).randomElement(using: &random) ?? 0, at: place)
                case 1: bytes.removeSubrange(place..<min(bytes.count, place + 5))
                default: if place < bytes.count { bytes[place] = UInt8.random(in: 0...255, using: &random) }
                }
            }
            do throws(JSONProblem) {
                _ = try JSONValue(parsing: bytes, mostLevels: 16)
            } catch {
                #expect((0...bytes.count).contains(error.offset))
                #expect(!error.sentence.isEmpty)
            }
        }
    }
}

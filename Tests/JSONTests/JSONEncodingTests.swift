import Foundation
import JSON
import TestSupport
import Testing

@Suite struct `An encodable value` {
    private func text(_ value: some Encodable) throws -> String {
        String(decoding: try JSONTextEncoder.encode(value), as: UTF8.self)
    }

    /// Whatever types encode by themselves: enumerations with values, optionals, nested collections.
    private indirect enum Tree: Codable, Hashable {
        case leaf
        case text(String)
        case numbers(Int64, unsigned: UInt64, small: Int8)
        case maybe(Bool?, Tree?)
        case words([String])
        case list([Tree])
        case named([String: Tree])

        init(levels: Int, using random: inout SplitMix) {
            func below() -> [Tree] {
                (0..<Int.random(in: 0..<4, using: &random)).map { _ in
                    Tree(levels: levels - 1, using: &random)
                }
            }
            switch Int.random(in: 0..<(levels > 0 ? 7 : 4), using: &random) {
            case 0: self = .leaf
            case 1: self = .text(JSONSample.text(using: &random))
            case 2:
                self = .numbers(
                    .random(in: .min ... .max, using: &random),
                    unsigned: .random(in: .min ... .max, using: &random),
                    small: .random(in: .min ... .max, using: &random))
            case 3:
                self = .words(
                    (0..<Int.random(in: 0..<4, using: &random)).map { _ in JSONSample.text(using: &random) })
            case 4: self = .maybe([nil, true, false].randomElement(using: &random) ?? nil, below().first)
            case 5: self = .list(below())
            default:
                let members = below().map { (JSONSample.text(using: &random), $0) }
                self = .named(Dictionary(members) { first, _ in first })
            }
        }
    }

    @Test(.timeLimit(.minutes(5)), arguments: 0..<4)
    func `is what Foundation reads back and writes itself`(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        for _ in 0..<100 {
            let tree = Tree(levels: 5, using: &random)
            let ours = Data(try JSONTextEncoder.encode(tree))
            #expect(try JSONDecoder().decode(Tree.self, from: ours) == tree)
            let parsed = try #require(try JSONSerialization.jsonObject(with: ours) as? NSDictionary)
            let theirs = try JSONSerialization.jsonObject(with: try JSONEncoder().encode(tree))
            #expect(parsed.isEqual(theirs))
        }
    }

    @Test func `has its members as declared and a dictionary's by name`() throws {
        struct Value: Encodable {
            var z = 1
            var a: String? = "/"
            var none: Int?
            var names = Dictionary(uniqueKeysWithValues: (0..<9).map { ("\($0)", $0) })
            var empty: [String: Bool] = [:]
        }
        let names = #"{"0":0,"1":1,"2":2,"3":3,"4":4,"5":5,"6":6,"7":7,"8":8}"#
        #expect(try text(Value()) == #"{"z":1,"a":"/","names":\#(names),"empty":{}}"#)
    }

    @Test func `that encodes nothing is an empty object wherever it lies`() throws {
        struct Nothing: Encodable { func encode(to encoder: any Encoder) {} }
        struct Value: Encodable {
            var first = Nothing()
            var list = [Nothing(), Nothing()]
        }
        #expect(try text(Nothing()) == "{}")
        #expect(try text(Value()) == #"{"first":{},"list":[{},{}]}"#)
    }

    @Test func `closes what lies inside it when it goes on`() throws {
        struct Value: Encodable {
            enum Key: CodingKey { case list, object, last, more }

            func encode(to encoder: any Encoder) throws {
                var outer = encoder.container(keyedBy: Key.self)
                var list = outer.nestedUnkeyedContainer(forKey: .list)
                var inner = list.nestedContainer(keyedBy: Key.self)
                try inner.encode(1, forKey: .last)
                try list.encodeNil()
                _ = list.nestedUnkeyedContainer()
                #expect(list.count == 3)
                _ = outer.nestedContainer(keyedBy: Key.self, forKey: .object)
                try outer.encodeNil(forKey: .last)
                // As a type does that adds to what another encodes.
                var again = encoder.container(keyedBy: Key.self)
                try again.encode("x", forKey: .more)
            }
        }
        #expect(try text([Value()]) == #"[{"list":[{"last":1},null,[]],"object":{},"last":null,"more":"x"}]"#)
    }

    @Test func `of a class has its superclass's members as an object`() throws {
        class Base: Encodable { var inherited = 1 }
        class Derived: Base {
            var own = 2
            enum Key: CodingKey { case own }

            override func encode(to encoder: any Encoder) throws {
                var members = encoder.container(keyedBy: Key.self)
                try super.encode(to: members.superEncoder())
                try members.encode(own, forKey: .own)
            }
        }
        #expect(try text(Derived()) == #"{"super":{"inherited":1},"own":2}"#)
    }

    @Test func `keeps every integer, and refuses what is no number`() throws {
        #expect(try text([UInt64.max, 0]) == "[18446744073709551615,0]")
        #expect(try text([Int64.min, -1, 10, 99, 100]) == "[-9223372036854775808,-1,10,99,100]")
        #expect(try text([1.5, -0.0, 1e300]) == "[1.5,-0.0,1e+300]")
        for number in [Double.nan, .infinity, -.infinity] {
            #expect(throws: EncodingError.self) { try text([number]) }
            #expect(throws: EncodingError.self) { try text(Float(number)) }
        }
    }

    @Test func `that is JSON already is handed on as it was written`() throws {
        struct Value: Encodable {
            var read: JSONValue
            var encoded: JSONVerbatim
        }
        let read = try JSONValue(parsing: Array(#"{"z":1.10,"a":[-0,1e3]}"#.utf8), mostLevels: 8)
        let value = Value(read: read, encoded: try JSONVerbatim(encoding: [["b": true]]))
        #expect(try text(value) == #"{"read":{"z":1.10,"a":[-0,1e3]},"encoded":[{"b":true}]}"#)
        #expect(throws: EncodingError.self) { try JSONEncoder().encode(value) }
    }
}

import Foundation
import Model
import Pipelines
import Testing

/// Reads documents the way the tests need them.
enum Reading {
    static func pipeline(
        _ text: String, slug: String? = nil, defaultImage: String = "configured:1"
    ) throws(Failure) -> Pipeline {
        try PipelineReader(options: .init(slug: slug, defaultImage: defaultImage)).read(text)
    }

    static func sample(_ name: String, slug: String? = nil) throws -> Pipeline {
        try pipeline(try sampleText(name), slug: slug)
    }

    static func sampleText(_ name: String) throws -> String {
        let url = try #require(
            Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Samples"))
        return try String(contentsOf: url, encoding: .utf8)
    }

    /// The failure of reading `text`, which must be one and must be `pipeline-invalid`.
    static func failure(
        _ text: String, slug: String? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) -> Failure? {
        do {
            let pipeline = try pipeline(text, slug: slug)
            Issue.record("was read: \(pipeline.steps.map(\.key))", sourceLocation: sourceLocation)
            return nil
        } catch {
            #expect(error.code == .pipelineInvalid, sourceLocation: sourceLocation)
            #expect(!error.fix.isEmpty, sourceLocation: sourceLocation)
            return error
        }
    }

    /// A document in Varve's own format with one step that has these further lines.
    static func step(_ lines: String...) -> String {
        "version: 1\nsteps:\n  - key: a\n    run: echo a\n" + lines.map { "    \($0)\n" }.joined()
    }

    /// Harmont IR in the graph form with one node, whose step and node have these further members.
    static func node(_ step: String = "", node: String = "", cmd: String = #""cmd": "echo a""#) -> String {
        let parts = [#""key": "a""#, cmd, step].filter { !$0.isEmpty }.joined(separator: ", ")
        let whole = [#""step": {\#(parts)}"#, node].filter { !$0.isEmpty }.joined(separator: ", ")
        return #"{"version": "0", "graph": {"nodes": [{\#(whole)}], "edges": []}}"#
    }

    /// Harmont IR in the flat form with these steps.
    static func flat(_ steps: String...) -> String {
        #"{"version": "0", "steps": [\#(steps.joined(separator: ", "))]}"#
    }
}

extension Pipeline {
    subscript(key: String) -> StepSpecification? { StepKey(key).flatMap { self[$0] } }

    var keys: [String] { steps.map(\.key.text) }
}

extension StepSpecification {
    var waitsFor: [String] { orderOnly.map(\.key.text) }
}

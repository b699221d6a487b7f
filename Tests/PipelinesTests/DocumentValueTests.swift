import Model
import Pipelines
import Testing

/// A pipeline that comes as an object within a request's body.
struct DocumentValueTests {
    private func withoutPositions(_ value: DocumentValue) -> DocumentValue {
        switch value.content {
        case .null, .scalar:
            DocumentValue(value.content)
        case .sequence(let elements):
            DocumentValue(.sequence(elements.map(withoutPositions)))
        case .mapping(let members):
            DocumentValue(.mapping(members.map { .init(name: $0.name, value: withoutPositions($0.value)) }))
        }
    }

    @Test(arguments: [
        "graph-deep-cache-chain", "graph-fork-wait-policies", "flat-fork-wait", "graph-js", "envelope-python",
    ])
    func `reads as the text does`(sample: String) throws {
        let text = try Reading.sampleText(sample)
        let reader = PipelineReader()
        #expect(try reader.read(withoutPositions(DocumentValue(text: text))) == reader.read(text))
    }

    @Test func `failures have a path and no position`() throws {
        let text = #"{"version": 1, "steps": [{"key": "a", "run": "x", "timeout": 5}]}"#
        let value = withoutPositions(try DocumentValue(text: text))
        let failure = #expect(throws: Failure.self) { try PipelineReader().read(value) }
        #expect(failure?.detail == "steps[0].timeout: ‘5’ is no duration")
    }

    @Test func `a value deeper than a document may be is refused`() {
        let deep = (0..<64).reduce(DocumentValue(.null)) { value, _ in DocumentValue(.sequence([value])) }
        let failure = #expect(throws: Failure.self) { try PipelineReader().read(deep) }
        #expect(failure?.detail == "the document is nested more than 64 levels deep")
    }
}

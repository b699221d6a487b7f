import Repair
import Testing

@testable import varve

@Suite struct `A look at a store` {
    @Test func `that takes long says what it is doing and how far it is`() async {
        let (lines, continuation) = AsyncStream.makeStream(of: String.self)
        let narration = CheckupNarration(first: .zero, next: .zero) { continuation.yield($0) }
        let line = await narration.during { note in
            note(CheckupProgress("walking the layers", 7, of: 90))
            return await lines.first { _ in true }
        }
        #expect(line == "varve doctor: walking the layers: 7 of 90")
    }

    @Test func `that is soon over says nothing`() async {
        let (lines, continuation) = AsyncStream.makeStream(of: String.self)
        let narration = CheckupNarration(first: .seconds(3600), next: .zero) { continuation.yield($0) }
        await narration.during { note in note(CheckupProgress("checking the catalog")) }
        continuation.finish()
        #expect(await lines.first { _ in true } == nil)
    }
}

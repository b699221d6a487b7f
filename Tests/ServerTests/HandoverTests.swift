import Testing

@testable import Server

@Suite struct `An archive whose reader has gone` {
    @Test func `is told so, though its writer has nothing to hand over`() async throws {
        let writing = Task {
            try? await Task.sleep(for: .seconds(600))
            return Task.isCancelled
        }
        do {
            let reader = HandoverReader(ByteHandover()) { writing.cancel() }
            withExtendedLifetime(reader) {}
        }
        #expect(await writing.value)
    }
}

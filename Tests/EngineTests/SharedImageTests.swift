import Model
import Testing

@testable import Engine

@Suite struct `A shared image` {
    private let user = Scope(owner: 7)

    @Test func `that a user removes stays, and he is told that it is not his`() async throws {
        try await EngineFixture.open { fixture in
            let engine = fixture.engine
            let name = try ResourceName("busybox", kind: "image")
            let refused = await #expect(throws: Failure.self) {
                try await engine.removeImage(name, in: .named(user), isAdmin: false)
            }
            #expect(refused?.code == .forbidden)
            #expect(try await engine.image(name, in: user).name.scope == nil)
            // What he does not see is not there, as before.
            let absent = try ResourceName("other", kind: "image")
            let missed = await #expect(throws: Failure.self) {
                try await engine.removeImage(absent, in: .named(user), isAdmin: false)
            }
            #expect(missed?.code == .notFound)
            // An admin who means a scope's own finds none there, and may name the other place.
            let elsewhere = await #expect(throws: Failure.self) {
                try await engine.removeImage(name, in: .named(user), isAdmin: true)
            }
            #expect(elsewhere?.code == .notFound && elsewhere?.fix.contains("scope=shared") == true)
            try await engine.removeImage(name, in: .named(nil), isAdmin: true)
            let gone = await #expect(throws: Failure.self) {
                try await engine.removeImage(name, in: .named(user), isAdmin: false)
            }
            #expect(gone?.code == .notFound)
        }
    }
}

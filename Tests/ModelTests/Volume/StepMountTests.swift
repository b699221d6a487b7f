import Model
import Testing

@Suite struct `What of a mount is in a step's identity` {
    private func volume(_ targets: String...) throws -> StepMount {
        .volume(
            VolumeMount(
                name: try ResourceName("v", kind: "volume"), targets: try targets.map { try path($0) }))
    }

    private func temporary(_ target: String) throws -> StepMount {
        .temporary(TemporaryMount(target: try path(target), size: nil))
    }

    @Test func `is not the same for one path with a space and for two paths`() throws {
        let sets = [
            try volume("a /b"), try volume("a", "b"), try volume("a\\ /b"), try volume("a\\", "b"),
            try volume("a over=image write=last"), try volume("a"),
        ]
        #expect(Set(sets.map(\.identity.value)).count == sets.count, "\(sets.map(\.identity.value))")
    }

    @Test func `is not the same for two paths that are shown alike`() throws {
        #expect(try volume("a\u{1}").identity.value != volume("a\\x01").identity.value)
        #expect(try temporary("a\u{1}").identity.name != temporary("a\\x01").identity.name)
    }

    @Test func `is what it always was for paths without spaces and backslashes`() throws {
        #expect(
            try volume("root/.npm", "workspace/cible-é").identity.value
                == "/root/.npm /workspace/cible-é over=image write=last")
        #expect(try temporary("tmp/my dir").identity.name == "tmpfs /tmp/my dir")
    }
}

import Model
import Testing

@Suite struct VolumeChoiceTests {
    private let cache = EntryPath(unchecked: Array("cache".utf8))

    private func version(
        _ id: String, key: String? = nil, at second: Int64, targets: [EntryPath]? = nil,
        over: VolumeMount.Ground = .image
    ) -> VolumeVersion {
        VolumeVersion(
            id: id, key: key, targets: targets ?? [cache], over: over, layers: [LayerID(second)], bytes: 0,
            entries: 0, maker: nil, created: Timestamp(seconds: second))
    }

    private func found(
        _ key: String?, _ restoreKeys: [String] = [], among versions: [VolumeVersion]
    ) -> [String] {
        let wish = VolumeChoice.Wish(targets: [cache], over: .image, key: key, restoreKeys: restoreKeys)
        return VolumeChoice.candidates(for: wish, among: versions).map(\.version.id)
    }

    @Test func `without a key all versions are tried, the newest first`() {
        let versions = [version("a", at: 1), version("c", key: "k", at: 3), version("b", at: 2)]
        #expect(found(nil, among: versions) == ["c", "b", "a"])
    }

    @Test func `a key that is a prefix of another's does not find it`() {
        let versions = [version("ten", key: "node-10", at: 1), version("one", key: "node-1", at: 2)]
        #expect(found("node-1", among: versions) == ["one"])
        #expect(found("node-", among: versions) == [])
        #expect(found("node-10", among: versions) == ["ten"])
    }

    @Test func `of one key the oldest is taken, since a key never changes`() {
        let versions = [version("late", key: "k", at: 2), version("first", key: "k", at: 1)]
        #expect(found("k", ["k"], among: versions) == ["first", "late"])
    }

    @Test func `restore keys are tried in their order, and each finds the newest first`() {
        let versions = [
            version("a1", key: "a-1", at: 1), version("a2", key: "a-2", at: 4),
            version("ab", key: "a-b-1", at: 2), version("none", at: 9), version("x", key: "x", at: 8),
        ]
        #expect(found("a-b-2", ["a-b-", "a-"], among: versions) == ["ab", "a2", "a1"])
        #expect(found("a-1", ["a-"], among: versions) == ["a1", "a2", "ab"])
        let wish = VolumeChoice.Wish(targets: [cache], over: .image, key: "a-1", restoreKeys: ["a-"])
        #expect(
            VolumeChoice.candidates(for: wish, among: versions).map(\.match) == [
                .key, .prefix("a-"), .prefix("a-"),
            ])
    }

    @Test func `what was made for other places, or over something else, is none`() {
        let other = EntryPath(unchecked: Array("other".utf8))
        let versions = [
            version("moved", at: 3, targets: [other]), version("more", at: 2, targets: [cache, other]),
            version("empty", at: 1, over: .empty),
        ]
        #expect(found(nil, among: versions) == [])
    }
}

@Suite struct VolumeLimitTests {
    private func version(_ id: String, key: String? = nil, used: Int64) -> VolumeVersion {
        var version = VolumeVersion(
            id: id, key: key, targets: [EntryPath(unchecked: [97])], over: .image, layers: [], bytes: 0,
            entries: 0, maker: nil, created: Timestamp(seconds: 0))
        version.used = Timestamp(seconds: used)
        return version
    }

    @Test func `versions without a key are superseded, those with one are not`() {
        let versions = ["e", "d", "c"].map { version($0, used: 1) } + [version("k", key: "k", used: 1)]
        let limits = VolumeLimits(bytes: nil, usedBefore: nil, keptWithoutKey: 2, kept: 100)
        #expect(VolumeLimitRule.beyond(limits, of: versions) == ["c"])
    }

    @Test func `what nobody used for long goes, and beyond a number the longest unused`() {
        let versions = [
            version("a", key: "a", used: 5), version("b", key: "b", used: 9), version("c", key: "c", used: 7),
            version("d", key: "d", used: 2),
        ]
        let limits = VolumeLimits(bytes: nil, usedBefore: Timestamp(seconds: 3), keptWithoutKey: 2, kept: 2)
        #expect(VolumeLimitRule.beyond(limits, of: versions) == ["d", "a"])
    }
}

import Linux
import Model
import Testing

@testable import Sandbox

/// Who `user:` means, by an image's own files.
struct UserLookupTests {
    private let lookup = UserLookup(
        passwd: Array(
            """
            root:x:0:0:root:/root:/bin/sh
            # a comment:x:5:5::/:
            runner:x:1000:1001::/home/runner:/bin/sh
            broken:x:12
            huge:x:4294967295:0::/:/bin/sh
            runner:x:2000:2000::/second:/bin/sh
            nohome:x:1500:1500:::/bin/sh
            """.utf8),
        group: Array(
            "root:x:0:\nrunner:x:1001:\nextra:x:1002:other,runner\nmore:x:1003:runner\nwheel:x:10:root".utf8))

    @Test(arguments: [
        ("", StepUser(uid: 0, gid: 0, home: "/root")),
        ("root", StepUser(uid: 0, gid: 0, groups: [10], home: "/root")),
        ("0", StepUser(uid: 0, gid: 0, groups: [10], home: "/root")),
        ("runner", StepUser(uid: 1000, gid: 1001, groups: [1002, 1003], home: "/home/runner")),
        ("1000", StepUser(uid: 1000, gid: 1001, groups: [1002, 1003], home: "/home/runner")),
        ("runner:extra", StepUser(uid: 1000, gid: 1002, home: "/home/runner")),
        ("runner:77", StepUser(uid: 1000, gid: 77, home: "/home/runner")),
        ("1234", StepUser(uid: 1234, gid: 0, home: "/")),
        ("1234:5678", StepUser(uid: 1234, gid: 5678, home: "/")),
        ("1234:extra", StepUser(uid: 1234, gid: 1002, home: "/")),
        ("nohome", StepUser(uid: 1500, gid: 1500, home: "/")),
    ])
    func `names and numbers resolve as in container engines`(text: String, user: StepUser) throws {
        let resolved = try lookup.resolve(text)
        #expect(resolved.uid == user.uid && resolved.gid == user.gid && resolved.home == user.home)
        if !text.isEmpty { #expect(resolved.groups == user.groups) }
    }

    @Test(arguments: ["nobody", "broken", "huge", "-1", "99999999999", "runner:nogroup", "1 ", "2147483648"])
    func `a user nobody listed is refused by name`(text: String) {
        let failure = #expect(throws: Failure.self) { _ = try lookup.resolve(text) }
        #expect(failure?.code == .userUnknown)
    }

    @Test func `an image without the files has root and numbers`() throws {
        let empty = UserLookup(passwd: [], group: [])
        #expect(try empty.resolve("") == StepUser(uid: 0, gid: 0, home: "/root"))
        #expect(try empty.resolve("1000:1000") == StepUser(uid: 1000, gid: 1000, home: "/"))
        #expect(throws: Failure.self) { _ = try empty.resolve("runner") }
    }

    @Test func `an image's own files are read, through links that stay within it`() throws {
        let fixture = try Fixture()
        let etc = try Directory(opening: fixture.root).openDirectory("etc")
        try etc.rename("passwd", as: "accounts")
        try etc.createLink("passwd", target: "/etc/accounts")
        let user = try UserLookup(in: Directory(opening: fixture.root)).resolve("runner")
        #expect(user == StepUser(uid: 1000, gid: 1001, groups: [1002], home: "/home/runner"))
    }

    @Test(.timeLimit(.minutes(1)), arguments: [false, true], [false, true])
    func `a FIFO that would block, or a device, in the place of passwd is as no file`(
        isDevice: Bool, isLinked: Bool
    ) throws {
        let fixture = try Fixture()
        try replace("passwd", isDevice: isDevice, isLinked: isLinked, in: fixture)
        let lookup = try UserLookup(in: Directory(opening: fixture.root))
        let failure = #expect(throws: Failure.self) { _ = try lookup.resolve("runner") }
        #expect(failure?.code == .userUnknown)
        #expect(try lookup.resolve("1000:extra") == StepUser(uid: 1000, gid: 1002, home: "/"))
    }

    @Test(.timeLimit(.minutes(1)), arguments: [false, true], [false, true])
    func `a FIFO that would block, or a device, in the place of group is as no file`(
        isDevice: Bool, isLinked: Bool
    ) throws {
        let fixture = try Fixture()
        try replace("group", isDevice: isDevice, isLinked: isLinked, in: fixture)
        let lookup = try UserLookup(in: Directory(opening: fixture.root))
        #expect(try lookup.resolve("runner") == StepUser(uid: 1000, gid: 1001, home: "/home/runner"))
    }

    private func replace(
        _ name: String, isDevice: Bool, isLinked: Bool, in fixture: Fixture
    ) throws {
        let etc = try Directory(opening: fixture.root).openDirectory("etc")
        try etc.remove(name)
        if isLinked { try etc.createLink(name, target: "node") }
        // The device is `/dev/zero`.
        try etc.createNode(
            isLinked ? "node" : name, kind: isDevice ? .characterDevice : .fifo, mode: 0o644,
            device: DeviceNumber(major: 1, minor: 5))
    }
}

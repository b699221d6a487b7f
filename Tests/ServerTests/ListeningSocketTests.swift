import Foundation
import Glibc
import Linux
import Model
import Server
import TestSupport
import Testing

@Suite struct `The socket's file` {
    @Test func `is for root and the group alone`() throws {
        try withDirectory { directory in
            let socket = try ListeningSocket.open(path: directory + "/s", group: "4711")
            let status = try Directory(opening: directory).status("s")
            #expect(status.kind == .socket && status.mode & 0o7777 == 0o660)
            #expect(status.uid == 0 && status.gid == 4711)
            #expect(socket.warnings.isEmpty)
        }
    }

    @Test func `is for root alone, with a warning, where the group does not exist`() throws {
        try withDirectory { directory in
            let socket = try ListeningSocket.open(path: directory + "/s", group: "no-such-group-anywhere")
            #expect(try Directory(opening: directory).status("s").gid == 0)
            #expect(socket.warnings.count == 1 && socket.warnings[0].contains("no-such-group-anywhere"))
        }
    }

    @Test func `has its directory made, but no more than that`() throws {
        try withDirectory { directory in
            _ = try ListeningSocket.open(path: directory + "/run/s", group: "0")
            #expect(
                failure { _ = try ListeningSocket.open(path: directory + "/a/b/s", group: "0") }
                    == .configurationInvalid)
        }
    }

    @Test func `is looked for before anything is made`() throws {
        try withDirectory { path in
            let directory = try Directory(opening: path)
            try ListeningSocket.check(path: path + "/run/s")
            #expect(failure { try ListeningSocket.check(path: path + "/a/b/s") } == .configurationInvalid)
            let tooLong = path + "/" + String(repeating: "s", count: 120)
            #expect(failure { try ListeningSocket.check(path: tooLong) } == .configurationInvalid)
            _ = try directory.createFile("s")
            #expect(failure { try ListeningSocket.check(path: path + "/s") } == .socketInUse)
            let names = try directory.entryNames()
            #expect(names == [Array("s".utf8)])
        }
    }

    @Test func `is replaced when nobody listens any more`() throws {
        try withDirectory { directory in
            let path = directory + "/s"
            try leaveStaleSocket(at: path)
            let again = try ListeningSocket.open(path: path, group: "0")
            again.file?.remove()
            #expect(try Directory(opening: directory).statusIfPresent("s") == nil)
        }
    }

    @Test func `is left alone while another daemon answers`() throws {
        try withDirectory { directory in
            let path = directory + "/s"
            let first = try ListeningSocket.open(path: path, group: "0")
            let before = try Directory(opening: directory).status("s")
            #expect(failure { _ = try ListeningSocket.open(path: path, group: "0") } == .socketInUse)
            #expect(try Directory(opening: directory).status("s").isSameFile(as: before))
            _ = first.file
        }
    }

    @Test(arguments: ["file", "directory", "link"])
    func `is never put in the place of something else`(_ kind: String) throws {
        try withDirectory { path in
            let directory = try Directory(opening: path)
            switch kind {
            case "file": _ = try directory.createFile("s")
            case "directory": try directory.createDirectory("s")
            default: try directory.createLink("s", target: "elsewhere")
            }
            let before = try directory.status("s")
            #expect(failure { _ = try ListeningSocket.open(path: path + "/s", group: "0") } == .socketInUse)
            #expect(try directory.status("s").isSameFile(as: before))
        }
    }

    @Test func `is not taken from another user, though nobody listens`() throws {
        try withDirectory { directory in
            let path = directory + "/s"
            try leaveStaleSocket(at: path)
            // SAFETY: the string outlives the call.
            #expect(unsafe chown(path, 4711, 4711) == 0)
            #expect(failure { _ = try ListeningSocket.open(path: path, group: "0") } == .socketInUse)
        }
    }

    @Test func `of another daemon that came later stays when this one ends`() throws {
        try withDirectory { directory in
            let path = directory + "/s"
            let first = try ListeningSocket.open(path: path, group: "0").file
            // As the second daemon does with what it finds; the first one's listener may have been copied into a child.
            try Directory(opening: directory).remove("s")
            let second = try ListeningSocket.open(path: path, group: "0")
            first?.remove()
            #expect(try Directory(opening: directory).statusIfPresent("s") != nil)
            second.file?.remove()
        }
    }

    @Test(arguments: ["relative/s", "/", "/tmp/" + String(repeating: "x", count: 120)])
    func `has a path that can be one`(_ path: String) {
        #expect(failure { _ = try ListeningSocket.open(path: path, group: "0") } == .configurationInvalid)
    }

    private func withDirectory(_ body: (String) throws -> Void) throws {
        let path = "/tmp/varve-socket-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    private func failure(_ body: () throws -> Void) -> FailureCode? {
        do {
            try body()
            return nil
        } catch {
            return (error as? Failure)?.code
        }
    }
}

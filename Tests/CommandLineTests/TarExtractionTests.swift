import Foundation
import Linux
import Model
import Testing

@testable import varve

@Suite struct `A copy's destination` {
    /// Unpacks the named entries of `folder`, or all its content, to `destination`, as the stream of a snapshot's files would
    /// have them.
    private func copy(
        _ names: [String], of folder: String, to destination: String, isContent: Bool = false
    ) async throws {
        let names =
            isContent ? ["--no-recursion", "./", "--recursion"] + (try self.names(in: folder)) : names
        let archive = folder + ".tar"
        let tar = Process()
        tar.executableURL = URL(fileURLWithPath: "/bin/tar")
        tar.arguments = ["-c", "-f", archive, "-C", folder] + names
        try tar.run()
        tar.waitUntilExit()
        let bytes = try Descriptor.openFile(archive).readAll(limit: 1 << 20)
        try await TarExtraction.run(to: destination, isContent: isContent) { write in try await write(bytes) }
    }

    private func withSource(_ body: (_ source: String, _ place: String) async throws -> Void) async throws {
        try await ScratchFolder.with { root in
            for name in ["/source/out", "/place"] {
                try FileManager.default.createDirectory(
                    atPath: root + name, withIntermediateDirectories: true)
            }
            try write("built\n", to: root + "/source/out/report")
            try write("one\n", to: root + "/source/a.txt")
            try await body(root + "/source", root + "/place")
        }
    }

    private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    private func names(in directory: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
    }

    @Test(arguments: ["/new", "/new/", "/new//"])
    func `that is not there becomes a directory with the content`(_ name: String) async throws {
        try await withSource { source, place in
            try await copy(["."], of: source, to: place + name, isContent: true)
            #expect(try names(in: place) == ["new"])
            #expect(try names(in: place + "/new") == ["a.txt", "out"])
            #expect(try text(place + "/new/out/report") == "built\n")
        }
    }

    @Test func `that is not there becomes a directory also for content of a single file`() async throws {
        try await withSource { source, place in
            try await copy(["."], of: source + "/out", to: place + "/new", isContent: true)
            #expect(try names(in: place + "/new") == ["report"])
        }
    }

    @Test func `that is there stays as it is but for the content`() async throws {
        try await withSource { source, place in
            let hidden = source + "/.hidden"
            try write("hidden\n", to: hidden)
            try FileManager.default.setAttributes([.posixPermissions: 0o750], ofItemAtPath: source)
            // As /tmp: who copies into it need not own it.
            try FileManager.default.setAttributes([.posixPermissions: 0o1777], ofItemAtPath: place)
            try await copy(["."], of: source, to: place, isContent: true)
            #expect(try names(in: place) == [".hidden", "a.txt", "out"])
            let mode = try Directory(opening: place).status().mode & 0o7777
            #expect(mode == 0o1777)
        }
    }

    @Test(arguments: [("out", "/new"), ("out", "/new/"), ("a.txt", "/new")])
    func `that is not there names what is copied`(_ name: String, _ destination: String) async throws {
        try await withSource { source, place in
            try await copy([name], of: source, to: place + destination)
            #expect(try names(in: place) == ["new"])
            let copied = name == "out" ? "/new/report" : "/new"
            #expect(try text(place + copied) == (name == "out" ? "built\n" : "one\n"))
        }
    }

    @Test func `of a file is no directory that is not there`() async throws {
        try await withSource { source, place in
            let failure = await #expect(throws: Failure.self) {
                try await copy(["a.txt"], of: source, to: place + "/new/")
            }
            #expect(failure?.code == .outputFailed && failure?.detail.contains("one is a directory") == true)
            let made = try names(in: place)
            #expect(made.isEmpty)
        }
    }

    @Test(arguments: [false, true])
    func `that is a file is not replaced by a directory`(_ isContent: Bool) async throws {
        try await withSource { source, place in
            try write("mine\n", to: place + "/file")
            let copied = isContent ? "." : "out"
            let failure = await #expect(throws: Failure.self) {
                try await copy([copied], of: source, to: place + "/file", isContent: isContent)
            }
            #expect(failure?.code == .outputFailed)
            #expect(try names(in: place) == ["file"])
            #expect(try text(place + "/file") == "mine\n")
        }
    }

    @Test func `is never left through a link in it`() async throws {
        try await withSource { source, place in
            let elsewhere = place + ".elsewhere"
            try FileManager.default.createDirectory(atPath: elsewhere, withIntermediateDirectories: false)
            try write("mine\n", to: elsewhere + "/a.txt")
            for (name, target) in [("/out", ""), ("/a.txt", "/a.txt"), ("/gone", "/gone")] {
                try FileManager.default.createSymbolicLink(
                    atPath: place + name, withDestinationPath: elsewhere + target)
            }
            try await copy(["."], of: source, to: place, isContent: true)
            try await copy(["a.txt"], of: source, to: place + "/gone")
            #expect(try names(in: elsewhere) == ["a.txt"])
            #expect(try text(elsewhere + "/a.txt") == "mine\n")
            #expect(try text(place + "/out/report") == "built\n")
            #expect(try text(place + "/gone") == "one\n")
        }
    }
}

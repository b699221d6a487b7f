import Glibc
import Linux
import Testing

/// Programs that are named without a path are found where a shell finds them, and in the usual places.
struct ProgramSearchTests {
    private static func program(_ name: String, mode: UInt32 = 0o755, in scratch: borrowing Scratch) throws
        -> String
    {
        try scratch.directory.write(name, "#!/bin/sh\n")
        try scratch.directory.openFile(name).setMode(mode)
        return "\(scratch.path)/\(name)"
    }

    @Test func `a name is found in PATH first, and in the usual places without one`() throws {
        let scratch = try Scratch()
        let own = try Self.program("sh", in: scratch)
        #expect(ProgramSearch.path(of: "sh", searchPath: "/nowhere:\(scratch.path)") == own)
        let usual = try #require(ProgramSearch.path(of: "sh", searchPath: ""))
        #expect(usual.hasSuffix("/sh"))
        #expect(usual != own)
        #expect(ProgramSearch.path(of: "no-such-program", searchPath: scratch.path) == nil)
    }

    @Test func `what can't be run is passed over, and so is a folder of the working directory's`() throws {
        let scratch = try Scratch()
        _ = try Self.program("plain", mode: 0o644, in: scratch)
        try scratch.directory.createDirectory("folder", mode: 0o755)
        for name in ["plain", "folder", ""] {
            #expect(ProgramSearch.path(of: name, searchPath: scratch.path) == nil, "\(name)")
        }
        #expect(ProgramSearch.path(of: "sh", searchPath: ":.:bin").map { $0.hasPrefix("/") } == true)
    }

    @Test func `a name with a slash is a path, and looked for nowhere else`() throws {
        let scratch = try Scratch()
        let own = try Self.program("tool", in: scratch)
        #expect(ProgramSearch.path(of: own, searchPath: "") == own)
        #expect(ProgramSearch.path(of: "\(scratch.path)/other", searchPath: scratch.path) == nil)
        #expect(ProgramSearch.path(of: "./tool", searchPath: scratch.path) == nil)
    }
}

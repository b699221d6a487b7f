import CLinux
import Glibc
import Linux
import SystemPackage
import TestSupport
import Testing

@Suite struct TreeRemovalTests {
    @Test func `a tree deeper than any path is removed`() throws {
        let scratch = try Scratch()
        do {
            var current = try scratch.makeDirectory("deep")
            for _ in 0..<3000 {
                try current.createDirectory("a-name-of-some-length")
                try current.write("f", "x")
                current = try current.openDirectory("a-name-of-some-length")
            }
        }
        try scratch.directory.removeTree("deep")
        #expect(try scratch.directory.isEmpty())
    }

    @Test func `a link in the tree is removed and what it points to stays`() throws {
        let scratch = try Scratch()
        let outside = try scratch.makeDirectory("outside")
        try outside.write("f", "keep")
        let tree = try scratch.makeDirectory("tree")
        try tree.createLink("l", target: "../outside")
        try tree.createWhiteout("w")
        try scratch.directory.removeTree("tree")
        try scratch.directory.createLink("l", target: "outside")
        try scratch.directory.removeTree("l")
        try scratch.directory.removeTree("absent")
        #expect(try scratch.directory.entryNames() == [Array("outside".utf8)])
        #expect(try outside.read("f") == "keep")
    }

    @Test func `a mount in the tree is an error and keeps its content`() throws {
        let scratch = try Scratch()
        let outside = try scratch.makeDirectory("outside")
        try outside.write("f", "keep")
        try scratch.directory.createDirectory("tree")
        try scratch.directory.createDirectory("tree/m")
        // SAFETY: the strings outlive the call.
        let mounted = unsafe mount(scratch.path("outside"), scratch.path("tree/m"), "", UInt(MS_BIND), nil)
        #expect(mounted == 0)
        #expect(errno { try scratch.directory.removeTree("tree") } == .improperLink)
        #expect(try outside.read("f") == "keep")
    }

    @Test func `immutable files and directories are removed`() throws {
        let scratch = try Scratch()
        let tree = try scratch.makeDirectory("tree")
        let inner = try { () throws -> Directory in
            try tree.createDirectory("inner")
            return try tree.openDirectory("inner")
        }()
        let file = try inner.createFile("f")
        try file.setImmutable()
        try inner.descriptor.setImmutable()
        #expect(errno { try inner.remove("f") } == .notPermitted)
        try scratch.directory.removeTree("tree")
        #expect(try scratch.directory.isEmpty())
    }
}

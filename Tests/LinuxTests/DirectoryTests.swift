import Glibc
import Linux
import SystemPackage
import Testing

@Suite struct DirectoryTests {
    @Test func `names are bytes and come back as they were written`() throws {
        let scratch = try Scratch()
        let names: [[UInt8]] = [[0xFF, 0xFE], Array("new\nline".utf8), Array(repeating: 0x61, count: 255)]
        for name in names { _ = try scratch.directory.createFile(name) }
        let found = try scratch.directory.entryNames()
        #expect(Set(found) == Set(names))
        for name in found { #expect(try scratch.directory.status(name).kind == .file) }
    }

    @Test func `a name with NUL inside is refused, not cut`() throws {
        let scratch = try Scratch()
        try scratch.write("a", "")
        #expect(errno { try scratch.directory.remove("a\0b") } == .invalidArgument)
        #expect(errno { try scratch.directory.remove([0x61, 0] as [UInt8]) } == .invalidArgument)
        #expect(try scratch.directory.status("a").kind == .file)
    }

    @Test func `ten thousand entries are all visited once, with their kind`() throws {
        let scratch = try Scratch()
        let many = try scratch.makeDirectory("many")
        for index in 0..<10_000 { _ = try many.createNode("f\(index)", kind: .file, mode: 0o600) }
        try many.createDirectory("d")
        try many.createLink("l", target: "d")
        var kinds: [FileKind: Int] = [:]
        var names: Set<[UInt8]> = []
        for _ in 0..<2 {
            kinds = [:]
            try many.forEachEntry { name in
                kinds[name.kind ?? .socket, default: 0] += 1
                names.insert(name.bytes)
            }
        }
        #expect(kinds == [.file: 10_000, .directory: 1, .link: 1])
        #expect(names.count == 10_002)
    }

    @Test func `a link is never followed by name`() throws {
        let scratch = try Scratch()
        try scratch.write("secret", "s")
        try scratch.directory.createDirectory("real")
        try scratch.directory.createLink("file", target: "secret")
        try scratch.directory.createLink("dir", target: "real")
        let directory = try scratch.directory.reopened()
        #expect(errno { _ = try directory.openFile("file") } == .tooManySymbolicLinkLevels)
        #expect(errno { _ = try directory.openDirectory("dir") } == .notDirectory)
        #expect(errno { try directory.setMode("file", 0o777) } == .tooManySymbolicLinkLevels)
        try directory.setOwner("file", uid: 7, gid: 8)
        try directory.setModified("file", 5)
        let secret = try directory.status("secret")
        #expect(secret.uid == 0 && secret.gid == 0 && secret.modified != 5)
        let link = try directory.status("file")
        #expect(link.uid == 7 && link.gid == 8 && link.modified == 5 && link.kind == .link)
        #expect(try directory.readLink("file") == Array("secret".utf8))
    }

    @Test func `a path below a directory can't leave it`() throws {
        let scratch = try Scratch()
        let inner = try scratch.makeDirectory("inner")
        try scratch.write("outside", "o")
        try inner.createDirectory("a")
        try inner.write("a/f", "in")
        try inner.createLink("up", target: "../outside")
        #expect(errno { _ = try inner.openBeneath("../outside") } == .improperLink)
        #expect(errno { _ = try inner.openBeneath(scratch.path("outside")) } == .improperLink)
        #expect(errno { _ = try inner.openBeneath("up", resolve: [.beneath]) } == .improperLink)
        #expect(errno { _ = try inner.openBeneath("up") } == .tooManySymbolicLinkLevels)
        #expect(errno { _ = try inner.openBeneath("up", resolve: [.inRoot]) } == .noSuchFileOrDirectory)
        #expect(try inner.read("a/../a/f") == "in")
    }

    @Test func `a rename replaces, refuses or exchanges as asked`() throws {
        let scratch = try Scratch()
        let directory = try scratch.directory.reopened()
        try directory.write("a", "a")
        try directory.write("b", "b")
        #expect(errno { try directory.rename("a", as: "b", .noReplace) } == .fileExists)
        try directory.rename("a", as: "b", .exchange)
        #expect(try directory.read("a") == "b")
        try directory.rename("a", as: "b")
        #expect(try directory.read("b") == "b")
        #expect(try directory.statusIfPresent("a") == nil)
    }

    @Test func `whiteouts and opaque directories are told from look-alikes`() throws {
        let scratch = try Scratch()
        let directory = try scratch.directory.reopened()
        try directory.createWhiteout("gone")
        try directory.createNode(
            "null", kind: .characterDevice, mode: 0, device: DeviceNumber(major: 1, minor: 3))
        #expect(try directory.status("gone").isWhiteout)
        #expect(try !directory.status("null").isWhiteout)
        for (name, value) in [("y", "y"), ("x", "x"), ("yy", "yy")] {
            try directory.createDirectory(name)
            try directory.setAttribute(OverlayAttribute.opaque, to: Array(value.utf8), of: name)
        }
        #expect(try directory.isOpaque("y"))
        #expect(try !directory.isOpaque("x"))
        #expect(try !directory.isOpaque("yy"))
        #expect(try directory.openDirectory("y").isOpaque())
        #expect(try !directory.isOpaque())
    }

    @Test func `attributes of a link are its own`() throws {
        let scratch = try Scratch()
        let directory = try scratch.directory.reopened()
        try directory.write("f", "")
        try directory.createLink("l", target: "f")
        try directory.setAttribute("trusted.a", to: Array("link".utf8), of: "l")
        let long = [UInt8](repeating: 0x78, count: 2000)
        try directory.setAttribute("trusted.b", to: long, of: "f")
        #expect(try directory.attributeNames(of: "l") == ["trusted.a"])
        #expect(try directory.attributeNames(of: "f") == ["trusted.b"])
        #expect(try directory.attribute("trusted.b", of: "f") == long)
        #expect(try directory.attribute("trusted.b", of: "l") == nil)
        let file = try directory.openFile("f")
        try file.setAttribute("user.c", to: [1])
        #expect(try directory.attribute("user.c", of: "f") == [1])
    }

    @Test func `a replaced file is whole, and no temporary file stays`() throws {
        let scratch = try Scratch()
        try scratch.write("f", "old content")
        try scratch.directory.replaceFile("f", with: Array("new".utf8), mode: 0o640)
        #expect(try scratch.read("f") == "new")
        #expect(try scratch.directory.entryNames() == [Array("f".utf8)])
    }
}

import Linux
import Model
import SystemPackage
import TestSupport
import Testing

@testable import Sandbox

@Suite struct ShellLookupTests {
    private let lookup = ShellLookup()

    private func check(_ root: String, path: String = "/bin", layers: [LayerID] = []) throws(Failure) {
        var process = StepProcess(command: ["sh"], environment: ["PATH": path])
        process.rootLayers = layers
        try lookup.check(process) { () throws(Errno) in try Directory(opening: root) }
    }

    private func isMissing(_ root: String, path: String = "/bin", layers: [LayerID] = []) -> Bool {
        do throws(Failure) {
            try check(root, path: path, layers: layers)
            return false
        } catch {
            return error.code == .shellMissing
        }
    }

    @Test func `a shell in layers is looked for once, but in others or elsewhere again`() throws {
        let fixture = try Fixture()
        try check(fixture.root, layers: [LayerID(2), LayerID(1)])
        try check(fixture.root)
        try Directory(opening: fixture.root).openDirectory("bin").remove("sh")
        #expect(!isMissing(fixture.root, layers: [LayerID(2), LayerID(1)]))
        #expect(isMissing(fixture.root, layers: [LayerID(3), LayerID(1)]))
        #expect(isMissing(fixture.root, path: "/usr/bin:/bin", layers: [LayerID(2), LayerID(1)]))
        #expect(isMissing(fixture.root))
    }

    @Test func `a shell that only a workspace has is looked for each time`() throws {
        let fixture = try Fixture()
        try Directory(opening: fixture.root).openDirectory("bin").remove("sh")
        let tools = try Directory(opening: fixture.workspace)
        try tools.openFile("sh", [.writeOnly, .create]).setMode(0o755)
        let mount = try DetachedMount.clone(of: tools.descriptor).attach(at: fixture.root + "/workspace")
        try check(fixture.root, path: "/workspace", layers: [LayerID(1)])
        try tools.remove("sh")
        #expect(isMissing(fixture.root, path: "/workspace", layers: [LayerID(1)]))
        #expect(try goes(mount))
    }

    @Test func `one that is missing is looked for again`() throws {
        let fixture = try Fixture()
        #expect(isMissing(fixture.root, path: "/sbin", layers: [LayerID(1)]))
        let root = try Directory(opening: fixture.root)
        try root.createDirectory("sbin", mode: 0o755)
        try root.openDirectory("sbin").openFile("sh", [.writeOnly, .create]).setMode(0o755)
        try check(fixture.root, path: "/sbin", layers: [LayerID(1)])
    }

    @Test(arguments: [("usr", "/usr/bin:/bin"), ("bin", "/usr/bin:/bin"), ("workspace", "/workspace:/sbin")])
    func `one that a mount hides is said to be hidden, and no other`(
        _ place: String, _ searchPath: String
    ) throws {
        let fixture = try Fixture()
        let root = try Directory(opening: fixture.root)
        if try root.statusIfPresent(place) == nil { try root.createDirectory(place, mode: 0o755) }
        if place != "bin" { try root.openDirectory("bin").remove("sh") }
        let mount = try DetachedMount.clone(of: try Directory(opening: fixture.workspace).descriptor)
            .attach(at: "\(fixture.root)/\(place)")
        let failure = #expect(throws: Failure.self) { try check(fixture.root, path: searchPath) }
        #expect(failure?.code == .shellMissing)
        #expect(failure?.fix.contains("workspace_target") == (place != "workspace"))
        #expect(try goes(mount))
    }
}

import Layers
import Linux
import Model
import SystemPackage
import TestSupport
import Testing

@Suite struct TreeBusyTests {
    @Test func `a copy of the tree in another mount namespace keeps a step from being committed`() throws {
        let fixture = try LayersFixture()
        let image = try fixture.layer { try $0.write("a", "a") }
        let layers = StepLayers(system: [image], workspace: .none)
        var step = try PreparedStep(fixture.number(), on: layers, in: fixture.store).mount()
        _ = try fixture.scratch("tree")
        let child = try attachAndCopy(&step, fixture.path + "/tree")
        #expect(try fixture.directory("active/\(step.number)/system").exists("late"))
        let code: FailureCode?
        do {
            _ = try step.released(timeout: .milliseconds(30)).quiet()
            code = nil
        } catch {
            code = error.code
        }
        #expect(code == .treeBusy)
        child.end()
    }

    @Test func `once the copy is gone the same step can be committed`() throws {
        let fixture = try LayersFixture()
        let image = try fixture.layer { try $0.write("a", "a") }
        let layers = StepLayers(system: [image], workspace: .none)
        var step = try PreparedStep(fixture.number(), on: layers, in: fixture.store).mount()
        _ = try fixture.scratch("tree")
        let child = try attachAndCopy(&step, fixture.path + "/tree")
        switch step.released(timeout: .zero) {
        case .quiet: Issue.record("the step was taken for quiet while a process could write")
        case .busy(let busy):
            child.end()
            let committed = try busy.released(timeout: .seconds(10)).quiet().seal(revision: nil)
                .commit(system: fixture.number(), workspace: fixture.number())
            #expect(try fixture.listing(committed.above([image])).paths == ["a", "late"])
        }
    }

    /// Attaches the step's tree, lets a process take a copy of the mount along and write through it, and
    /// unmounts it here.
    private func attachAndCopy(
        _ step: inout MountedStep, _ path: String
    ) throws -> Child {
        guard let mounts = step.takeMounts() else { throw Errno.noSuchFileOrDirectory }
        let mount = try mounts.separate { system, _, _ in try system.attach(at: path) }
        let child = try Child([
            "unshare", "-m", "--propagation", "private", "sh", "-c",
            "cd /; echo ready; read line; echo late > \(path)/late; echo written; read line",
        ])
        #expect(try child.waitForLine() == "ready")
        #expect(try goes(mount), "the mount is busy in the test's own namespace")
        try child.send("go")
        #expect(try child.waitForLine() == "written")
        return child
    }
}

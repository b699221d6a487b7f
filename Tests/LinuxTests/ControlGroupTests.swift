import Glibc
import Linux
import SystemPackage
import Testing

@Suite struct ControlGroupTests {
    @Test func `the service manager's slice is seen in whichever hierarchy it is`() {
        #expect(ServiceSlice.current(in: "0::/varve.slice/varved.service\n") == "varve.slice")
        #expect(
            ServiceSlice.current(in: "4:memory:/varve.slice/varved.service\n0::/\n") == "varve.slice")
        #expect(ServiceSlice.current(in: "0::/system.slice/varve.slice-like.service\n") == nil)
        #expect(ServiceSlice.current(in: "0::/varve.slicer/x\n") == nil)
        #expect(ServiceSlice.current(in: "") == nil)
    }

    @Test func `a store's groups are apart from another's, in the slice and outside`() {
        #expect(ControlGroup.steps(of: "1f", in: nil).child("a").path == "varve/1f/a")
        #expect(ControlGroup.steps(of: "1f", in: "varve.slice").path == "varve.slice/varve/1f")
    }

    @Test func `the three layouts of control groups are told apart`() throws {
        let scratch = try Scratch()
        func mountGroups(_ type: String, _ name: String, _ options: String) throws {
            try scratch.directory.createDirectory(name)
            // SAFETY: the strings outlive the call.
            let result = unsafe mount("none", scratch.path(name), type, 0, options)
            if result != 0 { throw Errno(rawValue: Glibc.errno) }
        }
        try mountGroups("cgroup2", "v2", "")
        #expect(try ControlGroupLayout.detect(at: scratch.path("v2")) == .v2)
        #expect(try ControlGroupLayout.detect(at: scratch.path("absent")) == .absent)
        #expect(try ControlGroupLayout.detect(at: scratch.path) == .absent)
        try scratch.directory.createDirectory("v1")
        #expect(try ControlGroupLayout.detect(at: scratch.path("v1")) == .absent)
        try mountGroups("cgroup", "v1/group", "none,name=varve-test")
        #expect(try ControlGroupLayout.detect(at: scratch.path("v1")) == .v1)
        try mountGroups("cgroup2", "unified", "")
        #expect(try ControlGroupLayout.detect(at: scratch.path) == .hybrid)
    }
}

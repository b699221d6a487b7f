import Glibc
import Linux
import SystemPackage
import Testing

@Suite struct HostTests {
    @Test func `kernel releases are compared by their numbers`() {
        #expect(KernelRelease("6.1.0-18-amd64").isAtLeast(6, 1))
        #expect(!KernelRelease("6.8.0").isAtLeast(6, 13))
        #expect(KernelRelease("7.0-rc1").isAtLeast(6, 13))
        #expect(KernelRelease("6.18.44-fc").minor == 18)
        #expect(KernelRelease.current.isAtLeast(5, 10))
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
        #expect(try CgroupLayout.detect(at: scratch.path("v2")) == .v2)
        #expect(try CgroupLayout.detect(at: scratch.path("absent")) == .absent)
        #expect(try CgroupLayout.detect(at: scratch.path) == .absent)
        try scratch.directory.createDirectory("v1")
        #expect(try CgroupLayout.detect(at: scratch.path("v1")) == .absent)
        try mountGroups("cgroup", "v1/group", "none,name=varve-test")
        #expect(try CgroupLayout.detect(at: scratch.path("v1")) == .v1)
        try mountGroups("cgroup2", "unified", "")
        #expect(try CgroupLayout.detect(at: scratch.path) == .hybrid)
        #expect(errno { _ = try CgroupLayout.unifiedControllers(at: scratch.path) } == nil)
    }
}

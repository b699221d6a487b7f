import Linux
import Model
import Testing

@testable import Sandbox

/// Conditions of the container profile, resolved.
struct SeccompProfileTests {
    private func rules(_ capabilities: Set<String>, _ architecture: MachineArchitecture) throws
        -> OCISpecification.Seccomp
    {
        try SeccompProfile.load().resolved(
            capabilities: capabilities, architecture: architecture, kernel: KernelRelease(major: 6, minor: 1))
    }

    private func actions(_ call: String, _ seccomp: OCISpecification.Seccomp) -> [String] {
        seccomp.syscalls.filter { $0.names.contains(call) }.map(\.action)
    }

    @Test func `calls that need a capability are allowed with it alone`() throws {
        let with = try rules(["CAP_SYS_CHROOT"], .x86_64)
        let without = try rules([], .x86_64)
        #expect(actions("chroot", with) == ["SCMP_ACT_ALLOW"])
        #expect(actions("chroot", without) == ["SCMP_ACT_ERRNO"])
        #expect(actions("bpf", with) == ["SCMP_ACT_ERRNO"])
        #expect(actions("read", without) == ["SCMP_ACT_ALLOW"])
        #expect(without.defaultAction == "SCMP_ACT_ERRNO")
    }

    @Test func `rules of other architectures are left out`() throws {
        let amd = try rules([], .x86_64)
        let arm = try rules([], .aarch64)
        #expect(amd.architectures == ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"])
        #expect(arm.architectures == ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"])
        #expect(actions("arch_prctl", amd) == ["SCMP_ACT_ALLOW"])
        #expect(actions("arch_prctl", arm).isEmpty)
    }

    @Test func `a missing profile names the package that has it`() {
        let failure = #expect(throws: Failure.self) {
            _ = try SeccompProfile.load(from: "/no/such/seccomp.json")
        }
        #expect(failure?.fix.contains("golang-github-containers-common") == true)
    }
}

/// The processor architecture, under the names that profiles and images use.
package enum MachineArchitecture: String, Sendable, Hashable {
    case x86_64
    case aarch64

    /// The one this program was built for.
    package static var current: MachineArchitecture {
        #if arch(x86_64)
            .x86_64
        #elseif arch(arm64)
            .aarch64
        #else
            #error("no seccomp and image names known for this architecture")
        #endif
    }

    /// As images and Go call it.
    package var goName: String {
        switch self {
        case .x86_64: "amd64"
        case .aarch64: "arm64"
        }
    }

    var seccompName: String {
        switch self {
        case .x86_64: "SCMP_ARCH_X86_64"
        case .aarch64: "SCMP_ARCH_AARCH64"
        }
    }
}

import FoundationEssentials
package import Linux
package import Model
import SystemPackage

/// A container engine's seccomp profile (`seccomp.json` of containers/common), with conditions still in it.
///
/// Source of the form: containers/common `pkg/seccomp/types.go`; of the way conditions are resolved: its
/// `seccomp_linux.go`.
package struct SeccompProfile: Sendable, Decodable {
    /// Where Debian's `golang-github-containers-common` puts it.
    package static let debianPath = "/usr/share/containers/seccomp.json"

    private let defaultAction: String
    private let defaultErrnoRet: UInt32?
    private let archMap: [ArchitectureGroup]?
    private let syscalls: [ConditionalRule]

    private struct ArchitectureGroup: Decodable {
        var architecture: String
        var subArchitectures: [String]?
    }

    fileprivate struct ConditionalRule: Decodable {
        var names: [String]
        var action: String
        var args: [OCISpecification.Seccomp.Argument]?
        var errnoRet: UInt32?
        var includes: Condition?
        var excludes: Condition?
    }

    fileprivate struct Condition: Decodable {
        var caps: [String]?
        var arches: [String]?
        var minKernel: String?
    }

    /// Reads a profile from a file of the host.
    package static func load(from path: String = debianPath) throws(Failure) -> SeccompProfile {
        do {
            return try JSONDecoder().decode(
                SeccompProfile.self, from: Data(try Descriptor.openFile(path).readAll(limit: 4 << 20)))
        } catch {
            let isMissing = (error as? Errno) == .noSuchFileOrDirectory
            throw Failure(
                .configurationInvalid,
                "the seccomp profile \(path) " + (isMissing ? "does not exist" : "can't be read: \(error)"),
                fix: "install the Debian package golang-github-containers-common, or name another profile"
                    + " (seccomp_profile)")
        }
    }

    /// The profile in the runtime specification's form, for processes that can have `capabilities` on a
    /// machine of `architecture`.
    package func resolved(
        capabilities: Set<String>, architecture: MachineArchitecture, kernel: KernelRelease
    ) -> OCISpecification.Seccomp {
        let group = archMap?.first { $0.architecture == architecture.seccompName }
        return OCISpecification.Seccomp(
            defaultAction: defaultAction, defaultErrnoRet: defaultErrnoRet,
            architectures: [architecture.seccompName] + (group?.subArchitectures ?? []),
            syscalls: syscalls.compactMap { rule in
                guard rule.applies(capabilities, architecture, kernel) else { return nil }
                let arguments = rule.args.flatMap { $0.isEmpty ? nil : $0 }
                return .init(names: rule.names, action: rule.action, errnoRet: rule.errnoRet, args: arguments)
            })
    }
}

extension SeccompProfile.ConditionalRule {
    /// All that `includes` names must hold, and nothing of what `excludes` names.
    fileprivate func applies(
        _ capabilities: Set<String>, _ architecture: MachineArchitecture, _ kernel: KernelRelease
    ) -> Bool {
        if let arches = includes?.arches, !arches.isEmpty, !arches.contains(architecture.goName) {
            return false
        }
        if let caps = includes?.caps, !capabilities.isSuperset(of: caps) { return false }
        if let least = includes?.minKernel.flatMap(KernelRelease.init), kernel < least { return false }
        if let arches = excludes?.arches, arches.contains(architecture.goName) { return false }
        if let caps = excludes?.caps, !capabilities.isDisjoint(with: caps) { return false }
        if let least = excludes?.minKernel.flatMap(KernelRelease.init), kernel >= least { return false }
        return true
    }
}

import Catalog
import Linux
import Model
import Sandbox
import SystemPackage

/// What steps are run with: the supervisor, networks kept ready, and the place of bundles, apart from every
/// other store's.
struct StepSandbox: Sendable {
    let supervisor: Supervisor
    let networks: NetworkPool
    let mountsDirectory: String
    private let sweeper: StepSweep

    init(_ configuration: EngineConfiguration, store: StoreIdentity) throws(Failure) {
        mountsDirectory = "\(configuration.runtimeDirectory)/mounts/\(store.id)"
        var sandbox = try SandboxConfiguration(
            storeID: store.id, mountsDirectory: mountsDirectory,
            runtime: OCIRuntime(try ProgramSearch.find(configuration.runtime, setting: "runtime")))
        sandbox.slirp4netns = try ProgramSearch.find(configuration.networkHelper, setting: "network_helper")
        sandbox.seccompProfile = configuration.seccompProfile
        sandbox.logLimit = configuration.logLimit
        supervisor = try Supervisor(sandbox)
        networks = NetworkPool(sandbox)
        sweeper = StepSweep(sandbox)
    }

    /// Ends processes, mounts and bundles that an earlier life of this store left, but for those with the
    /// names in `keeping`, and makes the place for new ones.
    func sweep(keeping: Set<String>) async throws(Failure) {
        do {
            try await onBlockingThread { [sweeper, mountsDirectory] in
                try sweeper.run(keeping: keeping)
                try Directory.makeFolders(mountsDirectory, mode: 0o711)
                let directory = try Directory(opening: mountsDirectory)
                for name in try directory.entryNames()
                where !keeping.contains(String(decoding: name, as: UTF8.self)) {
                    _ = try MountTable.unmountAll(below: Array(mountsDirectory.utf8) + [0x2F] + name)
                    try directory.removeTree(name)
                }
            }
        } catch {
            throw Failure.wrapping(error, to: "clear \(mountsDirectory)")
        }
        await networks.fill()
    }

    /// Ends what runs in the control groups of one step.
    func end(_ id: String) async throws(Failure) {
        do {
            try await onBlockingThread { [sweeper] in try sweeper.run(step: id) }
        } catch {
            throw Failure.wrapping(error, to: "end the processes of \(id)")
        }
    }

    /// Takes away what is kept ready, and the places that are empty now.
    func shutDown() async {
        await networks.close()
        try? await onBlockingThread { [sweeper, mountsDirectory] in
            sweeper.removeEmptyGroups()
            try Directory.removeEmpty(at: mountsDirectory)
        }
    }
}

/// Finds programs that are named in the configuration, by path or in the usual places.
enum ProgramSearch {
    static func find(_ name: String, setting: String) throws(Failure) -> String {
        if name.hasPrefix("/") { return name }
        for folder in ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"] {
            let path = "\(folder)/\(name)"
            if (try? Descriptor.openFile(path, .path)) != nil { return path }
        }
        throw Failure(
            .runtimeMissing, "the program \(name) is not installed",
            fix: "install it (on Debian: apt-get install \(name)), or name another with \(setting)")
    }
}

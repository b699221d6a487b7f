import Catalog
import Linux
import Logging
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
    private let logger: Logger

    init(
        _ configuration: EngineConfiguration, store: StoreIdentity,
        logger: Logger
    ) throws(Failure) {
        self.logger = logger
        let sandbox = try Self.sandbox(configuration, storeID: store.id)
        mountsDirectory = sandbox.mountsDirectory
        supervisor = try Supervisor(sandbox)
        networks = NetworkPool(sandbox)
        sweeper = StepSweep(sandbox)
    }

    /// Reads and finds what steps are run with, which needs no store and makes nothing.
    ///
    /// - Throws: `runtime-missing`, `configuration-invalid` for the seccomp profile.
    static func check(_ configuration: EngineConfiguration) throws(Failure) {
        _ = try Supervisor(try sandbox(configuration, storeID: ""))
    }

    private static func sandbox(
        _ configuration: EngineConfiguration, storeID: String
    ) throws(Failure) -> SandboxConfiguration {
        var sandbox = try SandboxConfiguration(
            storeID: storeID, mountsDirectory: configuration.runtimeDirectory.mounts(of: storeID),
            runtime: OCIRuntime(try find(configuration.runtime, setting: "runtime")))
        sandbox.slirp4netns = try find(configuration.networkHelper, setting: "network_helper")
        sandbox.seccompProfile = configuration.seccompProfile
        return sandbox
    }

    /// Where the bundle of a step or a shell is.
    func bundle(of number: LayerID) -> String { "\(mountsDirectory)/\(number)" }

    /// Ends processes, mounts and bundles that an earlier life of this store left, but for those with the
    /// names in `keeping`, and makes the place for new ones.
    ///
    /// Mounts are taken from whoever uses them. What resists even so is logged, and is left to the next start.
    func sweep(keeping: Set<String>) async throws(Failure) {
        do {
            try await onBlockingThread { [self] in
                for failure in sweeper.run(keeping: keeping) {
                    logger.warning("what an earlier life left resists", metadata: ["error": "\(failure)"])
                }
                try Directory.makeFolders(mountsDirectory, mode: 0o711)
                let directory = try Directory(opening: mountsDirectory)
                for name in try directory.entryNames()
                where !keeping.contains(String(decoding: name, as: UTF8.self)) {
                    remove(name, from: directory)
                }
            }
        } catch {
            throw Failure.wrapping(error, to: "clear \(mountsDirectory)")
        }
        await networks.fill()
    }

    private func remove(_ name: [UInt8], from directory: borrowing Directory) {
        do {
            _ = try MountTable.unmountAll(
                below: Array(mountsDirectory.utf8) + [0x2F] + name, lazily: true)
            try directory.removeTree(name)
        } catch {
            logger.warning(
                "what an earlier life left can't be taken away",
                metadata: [
                    "directory": "\(mountsDirectory)/\(EntryPath.printable(name))", "error": "\(error)",
                ])
        }
    }

    /// Ends what runs in the control groups of a lease.
    func end(_ id: String) async throws(Failure) {
        do {
            try await onBlockingThread { [sweeper] in try sweeper.clear(id) }
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

    private static func find(_ program: String, setting: String) throws(Failure) -> String {
        if let path = ProgramSearch.path(of: program) { return path }
        throw Failure(
            .runtimeMissing, "the program \(program) is not installed",
            fix: program.contains("/")
                ? "name a program that is there with \(setting)"
                : "install it (on Debian: apt-get install \(program)), or name another with \(setting)")
    }
}

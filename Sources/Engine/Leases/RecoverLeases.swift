import Catalog
import Linux
import Logging
import Model

extension Engine {
    /// The leases of an earlier life of the daemon that go on. Those whose time is up, and those whose mounts
    /// are gone, are ended on record; what is left of them is taken away by the sweep that follows.
    func recoverLeases() async throws -> [Lease] {
        let boot = try SystemClock.bootID()
        var living: [Lease] = []
        for var lease in try await catalog.liveLeases() {
            let tree = LeaseTree(lease, in: sandbox.mountsDirectory)
            let isMounted =
                try lease.boot == boot ? await onBlockingThread { try tree.isMounted() } : false
            if isMounted, lease.expires > now() {
                living.append(lease)
                continue
            }
            lease.end = lease.expires > now() ? .discarded : .expired
            try await catalog.save(lease)
            logger.notice(
                "a lease has ended while the daemon was away",
                metadata: ["lease": "\(lease.id)", "mounted": "\(isMounted)"])
        }
        return living
    }

    /// Takes the time of the leases that go on.
    func watchLeases() async throws(Failure) {
        for lease in try await catalog.liveLeases() { watch(lease) }
    }
}

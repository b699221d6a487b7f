import Catalog
import Model

extension Engine {
    /// Takes the time of the leases that go on.
    func watchLeases() async throws(Failure) {
        for lease in try await catalog.liveLeases(in: .everywhere) { watch(lease) }
    }

    /// Holds the lease's layers, and ends it when its time is up or it has written too much.
    func watch(_ lease: Lease, _ hold: LayerHolds.Hold? = nil) {
        leases.keep(lease)
        leases.keep(hold ?? holds.hold(lease.layers.all), of: lease.id)
        if let step = lease.step {
            // A lease of an older version of the daemon has no other limit than its step's own.
            let limit = step.diskLimit ?? configuration.diskLimit
            let watch = watchDisk(of: "step \(step.key)", limit: limit, at: step.active)
            leases.keep(watch, of: lease.id)
            watch.began { [weak self] in Task { await self?.endOverrun(lease.id) } }
        }
        expireInTime(lease)
    }

    func expireInTime(_ lease: Lease) {
        let left = Duration.nanoseconds(max(0, lease.expires.nanoseconds - now().nanoseconds))
        leases.expiries.set(lease.id, at: .now + left) { [weak self] in await self?.expire(lease.id) }
    }
}

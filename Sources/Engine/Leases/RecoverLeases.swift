import Catalog
import Linux
import Logging
import Model

extension Engine {
    /// Takes the time of the leases that go on.
    func watchLeases() async throws(Failure) {
        for lease in try await catalog.liveLeases() { watch(lease) }
    }
}

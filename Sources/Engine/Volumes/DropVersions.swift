import Catalog
import Logging
import Model

/// How many versions there are.
private enum VersionCount {
    /// Of those without a key, at the same places: for images that the latest can't lie over.
    static let withoutKey = 16
    /// Of one volume; more are never looked through.
    static let most = 1000
    /// Dropped at once where room is needed.
    static let batch = 8
}

extension Engine {
    /// Removes what volumes have beyond their size, age and number. Their layers become unreferenced.
    func dropVersions() async throws(Failure) {
        let configuration = configuration
        let dropped = try await catalog.dropVersions(
            beyond: VolumeLimits(
                bytes: configuration.volumeSize?.bytes,
                usedBefore: now().adding(TimeSpan(milliseconds: -configuration.volumeAge.milliseconds)),
                keptWithoutKey: VersionCount.withoutKey, kept: VersionCount.most))
        guard !dropped.isEmpty else { return }
        logger.info(
            "versions of volumes were removed", metadata: ["versions": "\(dropped.joined(separator: " "))"])
    }

    /// Removes the versions that were used longest ago, before `time`, and their layers; some at a time.
    ///
    /// - Returns: how many.
    func dropVersions(usedBefore time: Timestamp) async throws(Failure) -> Int {
        let dropped = try await catalog.dropVersions(
            usedBefore: time, most: VersionCount.batch, except: { [holds] in holds.held })
        if dropped > 0 { try await dropUnreferencedLayers() }
        return dropped
    }
}

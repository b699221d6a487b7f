import API
import Engine
import Model

extension Wire.Lease {
    init(_ prepared: PreparedLease) {
        let lease = prepared.lease
        let report = lease.step?.beginning ?? VolumeReport()
        self.init(
            id: lease.id, step: lease.step?.key, identity: lease.step?.identity.digest,
            reason: lease.step?.reason, rootfs: prepared.rootfs, workspace: prepared.workspace,
            bundle: prepared.bundle,
            volumes: report.wireVolumes(quiesced: lease.step?.volumes ?? []),
            warnings: report.warnings.nonEmpty,
            createdAt: Wire.Time(lease.created), expiresAt: Wire.Time(lease.expires))
    }
}

extension Wire.LeaseCommit {
    init(_ commit: LeaseCommit) {
        self.init(
            snapshot: commit.snapshot, adopted: commit.isAdopted ? true : nil,
            volumes: commit.volumes.wireVolumes(), warnings: commit.volumes.warnings.nonEmpty)
    }
}

extension VolumeReport {
    fileprivate func wireVolumes(quiesced uses: [VolumeUse] = []) -> [Wire.LeasedVolume]? {
        guard !volumes.isEmpty else { return nil }
        return volumes.map { volume in
            let quiesce = uses.first { $0.name.name.text == volume.volume }?.quiesce
            return Wire.LeasedVolume(
                volume: volume.volume, action: volume.action, version: volume.version, key: volume.key,
                detail: volume.detail,
                quiesce: quiesce)
        }
    }
}

extension Array {
    /// Itself; nil for an empty one, which is left out of an answer.
    var nonEmpty: [Element]? { isEmpty ? nil : self }
}

import API
import Engine
import Model

extension Wire.Lease {
    init(_ prepared: PreparedLease) {
        let lease = prepared.lease
        self.init(
            id: lease.id, step: lease.step?.key, identity: lease.step?.identity.digest,
            reason: lease.step?.reason, rootfs: prepared.rootfs, workspace: prepared.workspace,
            bundle: prepared.bundle, createdAt: Wire.Time(lease.created), expiresAt: Wire.Time(lease.expires))
    }
}

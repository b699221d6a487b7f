import GRDB
import Model
import Testing

@testable import Catalog

/// Leases outlive the daemon that wrote them, whichever version comes next.
@Suite struct `A lease in the catalog` {
    private static let holder = LeaseHolder(uid: 1000, gid: 1001)

    private func leaseOfStep() throws -> Lease {
        var step = LeasedStep(
            active: LayerID(9), key: try #require(StepKey("step")), identity: CatalogFixture.identity(),
            image: CatalogFixture.digest("image"), parent: "p", revision: CatalogFixture.digest("revision"),
            ingest: 3, reason: MissReason(.policyNone, "x"), mayAdopt: true, diskLimit: ByteSize(bytes: 5),
            volumes: [
                VolumeUse(
                    name: VolumeName(
                        scope: CatalogFixture.scope, workspace: nil,
                        name: try ResourceName("cache", kind: "volume")),
                    wish: .init(targets: [], over: .image, key: nil, restoreKeys: []), write: .last,
                    isUntrusted: false)
            ], beginning: VolumeReport())
        step.draining = [7, 8]
        let point = StepMountPoint(try #require(EntryPath("data")), in: .system)
        let volume = StepVolume(title: "cache", layers: [LayerID(4)], places: [], uid: 5, gid: 6)
        return Lease(
            id: "l", scope: CatalogFixture.scope, holder: Self.holder, subject: .step(step),
            layers: LeasedLayers(
                system: [LayerID(1)], deltas: [LayerID(2)], revision: [LayerID(3)],
                owner: EntryOwner(uid: 5, gid: 6), workspace: .readWrite, volumes: [volume],
                mountPoints: [point]),
            workspaceTarget: .usualWorkspace, created: Timestamp(nanoseconds: 10),
            expires: Timestamp(nanoseconds: 20), boot: "b")
    }

    private var leaseOfView: Lease {
        Lease(
            id: "l", scope: CatalogFixture.scope, holder: Self.holder, subject: .view(of: "s"),
            layers: LeasedLayers(
                system: [LayerID(1)], deltas: [], revision: [], owner: .root, workspace: .readOnly),
            workspaceTarget: nil, created: Timestamp(nanoseconds: 10), expires: Timestamp(nanoseconds: 20),
            boot: "b")
    }

    private func stepText(_ lease: Lease) throws -> String {
        let step = try #require(lease.step)
        return try """
        {"id":"l","scope":{"owner":0},"holder":{"uid":1000,"gid":1001},"step":{"key":"step",\
        "identity":\(Columns.json(step.identity)),"image":"\(step.image.hex)","parent":"p",\
        "revision":"\(CatalogFixture.digest("revision").hex)","ingest":3,\
        "reason":{"code":"policy-none","detail":"x"},"mayAdopt":true,"diskLimit":{"bytes":5},\
        "volumes":\(Columns.json(step.volumes)),"beginning":{"volumes":[],"warnings":[]}},\
        "layers":{"active":9,"system":[1],"deltas":[2],"revision":[3],"owner":{"uid":5,"gid":6},\
        "workspace":"read-write",\
        "volumes":[{"title":"cache","layers":[4],"places":[],"uid":5,"gid":6}],\
        "mountPoints":[{"area":"system","path":"data"}]},"workspaceTarget":"/workspace",\
        "created":10,"expires":20,"boot":"b","draining":[7,8]}
        """
    }

    private static let viewText = """
        {"id":"l","scope":{"owner":0},"holder":{"uid":1000,"gid":1001},"view":"s",\
        "layers":{"system":[1],"deltas":[],"revision":[],"owner":{"uid":0,"gid":0},"workspace":"read-only",\
        "volumes":[],"mountPoints":[]},"created":10,"expires":20,"boot":"b"}
        """

    @Test func `of a step has one form, written and read`() async throws {
        let lease = try leaseOfStep()
        try await expect(lease, toBe: try stepText(lease))
    }

    @Test func `of a view has one form, written and read`() async throws {
        try await expect(leaseOfView, toBe: Self.viewText)
    }

    @Test func `has its end beside the rest`() async throws {
        var ended = leaseOfView
        ended.end = .discarded
        try await expect(ended, toBe: Self.viewText.dropLast() + #","end":{"discarded":{}}}"#)
    }

    @Test func `written before there were volumes has none`() async throws {
        try await CatalogFixture.open { fixture in
            var lease = try leaseOfStep()
            try await fixture.catalog.save(lease)
            try await fixture.catalog.write("test") { database in
                try database.execute(
                    sql: """
                        UPDATE lease SET content = json_remove(content, '$.step.volumes', '$.step.beginning',
                        '$.layers.volumes', '$.layers.mountPoints')
                        """)
            }
            var step = try #require(lease.step)
            step.volumes = []
            lease.subject = .step(step)
            lease.layers.volumes = []
            lease.layers.mountPoints = []
            let found = try await fixture.catalog.lease("l")
            #expect(found == lease)
        }
    }

    private func expect(_ lease: Lease, toBe text: String) async throws {
        try await CatalogFixture.open { fixture in
            try await fixture.catalog.save(lease)
            let written = try await fixture.catalog.database.read {
                try String.fetchOne($0, sql: "SELECT content FROM lease")
            }
            #expect(written == text)
            let found = try await fixture.catalog.lease("l")
            #expect(found == lease)
        }
    }
}

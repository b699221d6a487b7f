import Model
import TestSupport
import Testing

@Suite struct `A recovery plan` {
    private let host = HostState(boot: "second", now: Timestamp(seconds: 100))

    private func catalog(
        durable: [Int64] = [], other: [Int64] = [], next: Int64 = 100, boot: String? = "second",
        leases: [Lease] = []
    ) -> CatalogContent {
        var content = CatalogContent(nextLayer: LayerID(next), boot: boot, leases: leases)
        for number in durable { content.layers[LayerID(number)] = .init(isDurable: true) }
        for number in other { content.layers[LayerID(number)] = .init(isDurable: false) }
        return content
    }

    private func disk(_ layers: [Int64], active: [Int64] = []) -> StoreListing {
        StoreListing(layers: Set(layers.map(LayerID.init)), active: Set(active.map(LayerID.init)))
    }

    private func lease(
        _ id: String, active: Int64, draining: [UInt64]? = nil, expires: Int64 = 200,
        boot: String = "second"
    ) throws -> Lease {
        var step = LeasedStep(
            active: LayerID(active), key: try key("step"), identity: .sample(mode: .none),
            image: .text("image"), parent: nil, revision: nil, ingest: nil,
            reason: MissReason(.policyNone, ""), mayAdopt: false, diskLimit: nil, volumes: [],
            beginning: VolumeReport())
        step.draining = draining
        return Lease(
            id: id, scope: Scope(owner: 0), holder: LeaseHolder(uid: 0, gid: 0), subject: .step(step),
            layers: LeasedLayers(system: [], deltas: [], revision: [], owner: .root, workspace: .none),
            workspaceTarget: nil, created: Timestamp(seconds: 1), expires: Timestamp(seconds: expires),
            boot: boot)
    }

    @Test func `of a store in order changes nothing`() {
        let plan = RecoveryPlan(catalog(durable: [1, 2]), disk([1, 2]), host)
        #expect(plan.lost.isEmpty && plan.unsecured.isEmpty && plan.deadLayers.isEmpty)
        #expect(plan.deadActive.isEmpty && plan.strangeLayers.isEmpty && !plan.isAfterBoot)
    }

    @Test func `keeps what is not durable after a crash, and has it made so`() {
        let plan = RecoveryPlan(catalog(durable: [1], other: [2]), disk([1, 2]), host)
        #expect(plan.lost.isEmpty && plan.unsecured == [LayerID(2)] && plan.deadLayers.isEmpty)
    }

    @Test func `drops what is not durable after the machine was started anew, directory and all`() {
        let plan = RecoveryPlan(catalog(durable: [1], other: [2], boot: "first"), disk([1, 2]), host)
        #expect(plan.isAfterBoot && plan.lost == [LayerID(2): .notDurable])
        #expect(plan.deadLayers == [LayerID(2)] && plan.unsecured.isEmpty)
    }

    @Test func `drops nothing at the first start, when no boot is known`() {
        let plan = RecoveryPlan(catalog(other: [1], boot: nil), disk([1]), host)
        #expect(plan.lost.isEmpty && !plan.isAfterBoot)
    }

    @Test func `takes away what has a number that was given out, and sets aside what has not`() {
        let plan = RecoveryPlan(
            catalog(durable: [1], next: 10), disk([1, 9, 10, 11], active: [8, 12]), host)
        #expect(plan.deadLayers == [LayerID(9)] && plan.strangeLayers == [LayerID(10), LayerID(11)])
        #expect(plan.deadActive == [LayerID(8)] && plan.strangeActive == [LayerID(12)])
    }

    @Test func `of a catalog that is not this disk's deletes nothing`() {
        let plan = RecoveryPlan(catalog(next: 1, boot: nil), disk([1, 2, 3], active: [4]), host)
        #expect(plan.deadLayers.isEmpty && plan.deadActive.isEmpty)
        #expect(plan.strangeLayers.count == 3 && plan.strangeActive.count == 1)
    }

    @Test func `keeps leases that are mounted, in time and of this boot, and their directories`() throws {
        var host = host
        host.mounted = ["kept", "late", "other-boot"]
        let leases = try [
            lease("kept", active: 1), lease("late", active: 2, expires: 50), lease("unmounted", active: 3),
            lease("other-boot", active: 4, boot: "first"),
        ]
        let plan = RecoveryPlan(catalog(leases: leases), disk([], active: [1, 2, 3, 4]), host)
        #expect(plan.living.map(\.id) == ["kept"])
        #expect(
            plan.ended.map(\.end) == [
                .expired, .overran(RecoveryPlan.treeIsGone), .overran(RecoveryPlan.treeIsGone),
            ])
        #expect(plan.deadActive == [LayerID(2), LayerID(3), LayerID(4)])
    }

    @Test func `keeps leases whose mounts a commit took away already, while what was written is there`()
        throws
    {
        let leases = try [
            lease("there", active: 1, draining: [7]), lease("gone", active: 2, draining: [7]),
            lease("late", active: 3, draining: [7], expires: 50),
        ]
        let plan = RecoveryPlan(catalog(leases: leases), disk([], active: [1, 3]), host)
        #expect(plan.living.map(\.id) == ["there"])
        #expect(plan.ended.map(\.end) == [.overran(RecoveryPlan.treeIsGone), .expired])
        #expect(plan.deadActive == [LayerID(3)])
    }

    @Test func `keeps what a step still writes to`() {
        var host = host
        host.writing = [LayerID(5)]
        #expect(RecoveryPlan(catalog(), disk([], active: [5, 6]), host).deadActive == [LayerID(6)])
    }

    @Test func `carried out leaves catalog and disk in line, whatever they held`() {
        var random = SplitMix(seed: 7)
        for _ in 0..<2000 {
            func some() -> [Int64] { (0..<8).map { _ in Int64.random(in: 1...12, using: &random) } }
            let content = catalog(
                durable: some(), other: some(), next: Int64.random(in: 1...14, using: &random),
                boot: [nil, "first", "second"].randomElement(using: &random) ?? nil)
            let listing = disk(some(), active: some())
            let plan = RecoveryPlan(content, listing, host)
            let claimed = Set(content.layers.keys).subtracting(plan.lost.keys)
            let left = listing.layers.subtracting(plan.deadLayers).subtracting(plan.strangeLayers)
            #expect(claimed == left)
            #expect(Set(plan.deadLayers).isDisjoint(with: plan.strangeLayers))
            let again = RecoveryPlan(
                CatalogContent(
                    layers: content.layers.filter { claimed.contains($0.key) }, nextLayer: content.nextLayer,
                    boot: host.boot), StoreListing(layers: left), host)
            #expect(again.lost.isEmpty && again.deadLayers.isEmpty && again.strangeLayers.isEmpty)
            for layer in plan.lost where layer.value == .notDurable { #expect(plan.isAfterBoot) }
        }
    }
}

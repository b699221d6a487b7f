import Model
import Testing

@Suite struct `A look-up` {
    private static let start = Timestamp(seconds: 1_000_000)

    private func record(
        policy: CachePolicy = .forever(environmentKeys: []), facts: [Fact] = [], after seconds: Int64 = 0,
        ingest: Int64 = 1, hasDelta: Bool = true, snapshot: String = "s"
    ) throws -> CacheRecord {
        CacheRecord(
            snapshot: snapshot, step: try key("step"), identity: .sample(policy: policy),
            facts: FactSet(facts),
            committed: Self.start.adding(TimeSpan(seconds: seconds)), ingest: ingest, hasDelta: hasDelta)
    }

    private func view(
        _ files: [String: String], ingest: Int64 = 1, ingested seconds: Int64 = -10
    ) -> RevisionView {
        RevisionView(
            manifest: .tree(files), ingest: ingest, ingested: Self.start.adding(TimeSpan(seconds: seconds)))
    }

    private func choose(
        _ records: [CacheRecord], on revision: RevisionView, at seconds: Int64 = 1
    ) -> LookupRule.Outcome {
        LookupRule.choose(
            among: records.map { LookupRule.Candidate(record: $0) }, revision: revision,
            now: Self.start.adding(TimeSpan(seconds: seconds)))
    }

    @Test func `takes the newest snapshot whose facts hold`() throws {
        let gone = Fact.absent(try path("gen"))
        let records = [
            try record(after: 0, snapshot: "old"), try record(after: 1, snapshot: "newer"),
            try record(facts: [gone], after: 2, snapshot: "conflicting"),
        ]
        guard case .hit(let hit) = choose(records, on: view(["gen": "1"], ingested: 5), at: 10) else {
            Issue.record("no hit")
            return
        }
        #expect(hit.snapshot == "newer")
    }

    @Test func `lets a snapshot expire at the end of its life, not before`() throws {
        let record = try record(policy: .timeToLive(seconds: 60, environmentKeys: []))
        guard case .hit = choose([record], on: view([:]), at: 59) else {
            Issue.record("expired too early")
            return
        }
        guard case .miss(let refused) = choose([record], on: view([:]), at: 60) else {
            Issue.record("did not expire")
            return
        }
        #expect(refused.first?.obstacle == .expired(age: TimeSpan(seconds: 60), limit: TimeSpan(seconds: 60)))
    }

    @Test func `does not use what was built on an older revision after this one had come in`() throws {
        let late = try record(after: 5, ingest: 1)
        let obstacle = LookupRule.obstacle(
            of: .init(record: late), revision: view([:], ingest: 2, ingested: 3),
            now: Self.start.adding(TimeSpan(seconds: 10)))
        #expect(obstacle == .builtOnAnotherRevision)
        // A run that began on an older state, or asks for one: its sources are older than what was built of the newer.
        let newer = try record(after: 5, ingest: 3)
        #expect(
            LookupRule.obstacle(
                of: .init(record: newer), revision: view([:], ingest: 2, ingested: 3),
                now: Self.start.adding(TimeSpan(seconds: 10))) == .builtOnAnotherRevision)
        let early = try record(after: 1, ingest: 1)
        #expect(
            LookupRule.obstacle(
                of: .init(record: early), revision: view([:], ingest: 2, ingested: 3),
                now: Self.start.adding(TimeSpan(seconds: 10))) == nil)
        let withoutDelta = try record(after: 5, ingest: 1, hasDelta: false)
        #expect(
            LookupRule.obstacle(
                of: .init(record: withoutDelta), revision: view([:], ingest: 2, ingested: 3),
                now: Self.start.adding(TimeSpan(seconds: 10))) == nil)
    }
}

@Suite struct `A miss` {
    private func reason(_ change: (inout MissRule.Circumstances) throws -> Void) rethrows -> MissReason {
        var circumstances = MissRule.Circumstances(policy: .forever(environmentKeys: []))
        try change(&circumstances)
        return MissRule.reason(for: circumstances)
    }

    private func record(identity: StepIdentity) throws -> CacheRecord {
        CacheRecord(
            snapshot: "s", step: try key("step"), identity: identity, facts: FactSet(),
            committed: .init(seconds: 1),
            ingest: 1, hasDelta: false)
    }

    @Test func `gives the reason that comes first`() throws {
        #expect(reason { _ in }.code == .firstRun)
        #expect(try reason { $0.executedParent = try key("p") }.code == .parentExecuted)
        #expect(
            try reason {
                $0.executedParent = try key("p")
                $0.absentImage = "img"
            }.code == .imageAbsent)
        #expect(
            reason {
                $0.absentImage = "img"
                $0.noCacheRequested = true
            }.code == .noCacheRequested)
        #expect(
            reason {
                $0.noCacheRequested = true
                $0.policy = .none
            }.code == .policyNone)
    }

    @Test func `of several refused snapshots names damage before age before conflict`() throws {
        let candidate = LookupRule.Candidate(record: try record(identity: .sample()))
        let conflict = (candidate, LookupRule.Obstacle.conflict([.absent(try path("gen/x"))]))
        let expired = (
            candidate, LookupRule.Obstacle.expired(age: TimeSpan(seconds: 2), limit: TimeSpan(seconds: 1))
        )
        let damaged = (candidate, LookupRule.Obstacle.damaged("layer 7 is missing"))
        #expect(reason { $0.refused = [conflict] }.detail.contains("gen/x"))
        #expect(reason { $0.refused = [conflict, expired] }.code == .expired)
        #expect(reason { $0.refused = [conflict, expired, damaged] }.code == .snapshotDamaged)
    }

    @Test(arguments: [(5, ""), (6, " and 1 more"), (19, " and 14 more"), (20, " and at least 15 more")])
    func `names five paths, and how many more there are`(_ count: Int, _ rest: String) throws {
        let facts = try (0..<count).map { Fact.absent(try path("gen\($0)")) }
        let candidate = LookupRule.Candidate(record: try record(identity: .sample()))
        #expect(
            reason { $0.refused = [(candidate, .conflict(facts))] }.detail
                == "changed in the workspace: gen0, gen1, gen2, gen3, gen4" + rest)
    }

    @Test func `names the snapshot that has expired, where a newer one is refused for its facts`() throws {
        var older = try record(identity: .sample())
        older.snapshot = "older"
        let newest = LookupRule.Candidate(record: try record(identity: .sample()))
        let refused: [(candidate: LookupRule.Candidate, obstacle: LookupRule.Obstacle)] = [
            (newest, LookupRule.Obstacle.conflict([.absent(try path("gen"))])),
            (
                LookupRule.Candidate(record: older),
                LookupRule.Obstacle.expired(age: TimeSpan(seconds: 7200), limit: TimeSpan(seconds: 3600))
            ),
        ]
        #expect(
            reason { $0.refused = refused }
                == MissReason(.expired, "snapshot older is 2h old, its policy allows 1h"))
    }

    @Test func `names the fields in which the identity changed`() throws {
        var now = StepIdentity.sample()
        now.command = "other"
        let miss = try reason {
            $0.identity = now
            $0.nearest = try record(identity: .sample())
        }
        #expect(miss == MissReason(.identityChanged, "changed: command"))
    }
}

@Suite struct `A step's identity` {
    static let changes: [@Sendable (inout StepIdentity) -> Void] = [
        { $0.scope = Scope(owner: 1) }, { $0.workspace = "other" }, { $0.base = .snapshot("x") },
        { $0.base = .image(.text("other")) }, { $0.command = "other" }, { $0.environment["A"] = .text("2") },
        { $0.environment = [:] }, { $0.workingDirectory = "/" }, { $0.user = "1000" }, { $0.network = .host },
        { $0.platform = "linux/arm64" }, { $0.workspaceMode = .readOnly },
        { $0.workspaceTarget = StepPath("/w") ?? .usualWorkspace },
        { $0.mountPoints = ["/x"].compactMap { StepPath($0) } }, { $0.mounts = ["volume a": "/a"] },
        { $0.mounts = ["volume a": "/b"] },
        { $0.mounts = ["volume b": "/a"] }, { $0.policy = .workspace },
        { $0.policyValues = ["workspace": "1"] },
    ]

    @Test func `changes with every field`() {
        var seen: Set<Digest> = [StepIdentity.sample().digest]
        for change in Self.changes {
            var identity = StepIdentity.sample()
            change(&identity)
            #expect(seen.insert(identity.digest).inserted, "\(identity)")
        }
    }

    @Test func `is the same for all workspaces where the step has none`() {
        let one = StepIdentity.sample(workspace: "one", mode: .none)
        let two = StepIdentity.sample(workspace: "two", mode: .none)
        #expect(one.digest == two.digest)
    }

    @Test func `without policy values is equal for two executions of one step`() {
        let one = StepIdentity.sample(policyValues: ["on_change[a]": "1"])
        let two = StepIdentity.sample(policyValues: ["on_change[a]": "2"])
        #expect(one.digest != two.digest)
        #expect(one.digestWithoutPolicyValues == two.digestWithoutPolicyValues)
    }

    /// Each two have the same fields' names and values behind one another, cut apart at another place.
    static let cuts: [[@Sendable (inout StepIdentity) -> Void]] = [
        [
            {
                $0.command = "x"
                $0.workingDirectory = "y" + "working_directory?1" + "z"
            },
            {
                $0.command = "x" + "working_directory?1" + "y"
                $0.workingDirectory = "z"
            },
        ],
        [
            { $0.mountPoints = ["/x", "/y"].compactMap { StepPath($0) } },
            { $0.mountPoints = ["/x]?1" + "present" + "mount_point[/y"].compactMap { StepPath($0) } },
        ],
        [
            { $0.policyValues = ["a": "1", "b": "2"] },
            { $0.policyValues = ["a": "1" + "cache.b?1" + "2"] },
        ],
    ]

    @Test(arguments: cuts.indices) func `joins nothing without lengths`(cut: Int) {
        let identities = Self.cuts[cut].map { change in
            var identity = StepIdentity.sample()
            change(&identity)
            return identity
        }
        // As they are hashed, but for the lengths.
        let joined = identities.map { identity in
            identity.fields.map { $0.name + ($0.value == nil ? "?0" : "?1") + ($0.value ?? "") }.joined()
        }
        #expect(Set(joined).count == 1)
        #expect(Set(identities.map(\.digest)).count == identities.count)
    }
}

import API
import Model
import Testing

/// Values of the wire types with all members, and with no more than they must have.
enum WireSamples {
    struct Sample {
        let schema: String
        let full: any Encodable
        let least: any Encodable

        init(_ schema: String, full: any Encodable, least: (any Encodable)? = nil) {
            self.schema = schema
            self.full = full
            self.least = least ?? full
        }
    }

    private static let digest = Digest(of: [])
    private static let time = Wire.Time(Timestamp(seconds: 0))
    private static let reason = MissReason(.firstRun, "d")
    private static let warning = Warning(code: "c", detail: "d")
    private static let fact = Wire.Fact(kind: .entry, path: "p", pathBase64: "cA==", expected: "e")
    private static let finding = Wire.Finding(check: "c", status: .ok, detail: "d", fix: "f")

    static var all: [Sample] {
        guard let step = StepKey("a") else { return [] }
        return [
            Sample("Problem", full: Wire.Problem(Failure(.notFound, "d", fix: "f"))),
            Sample("Warning", full: warning),
            Sample(
                "Info",
                full: Wire.Info(
                    version: "1", apiVersions: ["v1"], storeId: "s", store: "/s", features: [], limits: [:],
                    host: [:])),
            Sample("Health", full: Wire.Health(status: .ok, findings: [])),
            Sample("Finding", full: finding, least: Wire.Finding(check: "c", status: .ok, detail: "d")),
            Sample(
                "Usage",
                full: Wire.Usage(
                    totalBytes: 1, freeBytes: 1, capacityBytes: 1, areas: [], workspaces: [], disk: disk),
                least: Wire.Usage(
                    totalBytes: 1, freeBytes: 1, capacityBytes: 1, areas: [], workspaces: [])),
            Sample("DiskUsage", full: disk),
            Sample(
                "DiskShare", full: Wire.Usage.Share(resource: "bytes", total: 1, free: 1, reserve: 1)),
            Sample("SnapshotHolder", full: Wire.Snapshot.Holder(reason: "r", chain: ["s"])),
            Sample(
                "UsageArea", full: Wire.Usage.Area(name: "n", count: 1, bytes: 1),
                least: Wire.Usage.Area(name: "n", bytes: 1)),
            Sample(
                "WorkspaceUsage",
                full: Wire.Usage.Workspace(
                    name: "n", revisionBytes: 1, snapshotBytes: 1, sharedBytes: 1, snapshots: 1)),
        ] + stored + requests(step) + answers(step) + leases(step)
    }

    private static let disk = Wire.Usage.Disk(level: "normal", detail: "d", shares: [])

    private static var stored: [Sample] {
        [
            Sample("ImageImport", full: Wire.ImageImport(name: "n", source: "s")),
            Sample(
                "ImportProgress",
                full: Wire.ImportProgress(phase: .fetching, bytes: 1, total: 1),
                least: Wire.ImportProgress(phase: .fetching, bytes: 1)),
            Sample("Image", full: image(user: "u"), least: image(user: nil)),
            Sample(
                "RevisionRequest", full: Wire.RevisionRequest(path: "/", exclude: [], ignore: .git),
                least: Wire.RevisionRequest(path: "/")),
            Sample(
                "Revision",
                full: Wire.Revision(
                    digest: digest, files: 1, bytes: 1, copied: 1, reused: 1, durationMs: 1, createdAt: time,
                    warnings: [warning]),
                least: Wire.Revision(digest: digest, files: 1, bytes: 1, createdAt: time)),
            Sample(
                "Workspace",
                full: Wire.Workspace(name: "n", revision: digest, revisions: 1, bytes: 1, updatedAt: time),
                least: Wire.Workspace(name: "n", revisions: 1, bytes: 1)),
            Sample(
                "Volume",
                full: Wire.Volume(name: "n", workspace: "w", bytes: 1, createdAt: time, versions: []),
                least: Wire.Volume(name: "n", workspace: nil, bytes: 1, createdAt: time, versions: [])),
            Sample("VolumeVersion", full: version(key: "k", step: StepKey("a"), run: "r"), least: version()),
        ]
    }

    private static func version(
        key: String? = nil, step: StepKey? = nil, run: String? = nil
    ) -> Wire.Volume.Version {
        Wire.Volume.Version(
            id: "v", key: key, paths: [], over: "image", bytes: 1, entries: 1, layers: 1, step: step,
            run: run, createdAt: time, usedAt: time)
    }

    private static func image(user: String?) -> Wire.Image {
        Wire.Image(
            name: "n", digest: digest, isShared: true, platform: "p", user: user, env: [:], layers: [],
            bytes: 1,
            createdAt: time)
    }

    private static func requests(_ step: StepKey) -> [Sample] {
        let options = Wire.RunOptions(
            pipeline: "p", targets: [step], jobs: 1, keepGoing: true, env: [:], passEnv: [:], noCache: .all,
            pull: true, timeoutSeconds: 1, attached: true, untrusted: true, outputsPath: "/",
            secrets: [:])
        let least = Wire.RunRequest(pipeline: .text("t"))
        let full = Wire.RunRequest(pipeline: .text("t"), workspace: "w", revision: digest, options: options)
        return [
            Sample("RunOptions", full: options, least: Wire.RunOptions()),
            Sample("RunRequest", full: full, least: least),
            Sample(
                "ExplanationRequest", full: Wire.ExplanationRequest(step: step, of: full),
                least: Wire.ExplanationRequest(step: step, of: least)),
            Sample(
                "LeaseRequest",
                full: Wire.LeaseRequest(
                    step: .text("s"), view: "v", workspace: "w", revision: digest, ttlSeconds: 1,
                    workspaceTarget: "/w", mountpoints: [], noCache: true, untrusted: true),
                least: Wire.LeaseRequest()),
            Sample(
                "ShellRequest",
                full: Wire.ShellRequest(
                    snapshot: "s", run: "r", step: step, terminal: .init(rows: 1, columns: 1)),
                least: Wire.ShellRequest()),
            Sample(
                "ShellTerminal", full: Wire.ShellRequest.Terminal(rows: 1, columns: 1, type: "xterm"),
                least: Wire.ShellRequest.Terminal(rows: 1, columns: 1)),
            Sample("LeaseRenewal", full: Wire.LeaseRenewal(ttlSeconds: 1), least: Wire.LeaseRenewal()),
            Sample("LeaseResult", full: Wire.LeaseResult(exitCode: 0)),
        ]
    }

    private static func leases(_ step: StepKey) -> [Sample] {
        [
            Sample(
                "LeaseHit", full: Wire.LeaseHit(snapshot: "s", warnings: [warning]),
                least: Wire.LeaseHit(snapshot: "s")),
            Sample(
                "Lease",
                full: Wire.Lease(
                    id: "l", step: step, identity: digest, reason: reason, rootfs: "/r", workspace: "/r/w",
                    bundle: "/b", volumes: [], warnings: [], createdAt: time, expiresAt: time),
                least: Wire.Lease(id: "l", rootfs: "/r", createdAt: time, expiresAt: time)),
            Sample(
                "LeaseCommit",
                full: Wire.LeaseCommit(snapshot: "s", adopted: true, volumes: [], warnings: []),
                least: Wire.LeaseCommit(snapshot: nil, adopted: nil)),
            Sample(
                "LeasedVolume",
                full: Wire.LeasedVolume(
                    volume: "v", action: .saved, version: "0", key: "k", detail: "d",
                    quiesce: .init(before: "b", after: "a")),
                least: Wire.LeasedVolume(volume: "v", action: .empty, detail: "d")),
        ]
    }

    private static func answers(_ step: StepKey) -> [Sample] {
        let field = Wire.Explanation.Field(name: "n", changed: true, now: "n", before: "b")
        return [
            Sample("Reason", full: reason),
            Sample(
                "Plan", full: Wire.Plan(workspace: "w", revision: digest, steps: [], warnings: []),
                least: Wire.Plan(steps: [], warnings: [])),
            Sample("PlanStep", full: Wire.PlanStep(step: step, cache: .miss)),
            Sample("Explanation", full: Wire.Explanation(step: step, cache: .miss, fields: [], facts: [])),
            Sample(
                "NearestSnapshot",
                full: Wire.Explanation.Nearest(snapshot: "s", identity: digest, run: "r", createdAt: time)),
            Sample(
                "ExplainedField", full: field,
                least: Wire.Explanation.Field(name: "n", changed: true, now: nil, before: nil)),
            Sample(
                "ExplainedFact", full: Wire.Explanation.Fact(fact: fact, holds: true, now: "n"),
                least: Wire.Explanation.Fact(fact: fact, holds: true, now: nil)),
            Sample("Fact", full: fact, least: Wire.Fact(kind: .absent, path: "p")),
            Sample("Run", full: run(step), least: leastRun),
            Sample(
                "RunStep",
                full: Wire.RunStep(
                    step: step, status: .passed, exitCode: 0, durationMs: 1, snapshot: "s", reason: reason,
                    errorCode: "c"),
                least: Wire.RunStep(step: step, durationMs: 1)),
            Sample(
                "PruneRequest",
                full: Wire.PruneRequest(dryRun: true, keepBytes: 1, olderThanSeconds: 1),
                least: Wire.PruneRequest()),
            Sample("Pruning", full: Wire.Pruning(dryRun: true, count: 0, bytes: 0, snapshots: [])),
            Sample(
                "PrunedSnapshot",
                full: Wire.Pruning.Item(id: "s", step: step, workspace: "w", bytes: 1, usedAt: time),
                least: Wire.Pruning.Item(id: "s", step: step, workspace: nil, bytes: 1, usedAt: time)),
            Sample("Snapshot", full: snapshot(step), least: leastSnapshot(step)),
            Sample(
                "Change",
                full: Wire.Change(
                    area: .system, kind: .added, path: "p", pathBase64: "cA==", type: "file", bytes: 1),
                least: Wire.Change(area: .system, kind: .deleted, path: "p")),
        ]
    }

    private static let leastRun = Wire.Run(
        id: "r", status: .queued, createdAt: time, executed: 0, cacheHits: 0)

    private static func run(_ step: StepKey) -> Wire.Run {
        Wire.Run(
            id: "r", status: .passed, workspace: "w", revision: digest, createdAt: time, endedAt: time,
            durationMs: 1, exitCode: 0, executed: 1, cacheHits: 1, steps: [])
    }

    private static func leastSnapshot(_ step: StepKey) -> Wire.Snapshot {
        Wire.Snapshot(
            id: "s", step: step, image: digest, run: "r", createdAt: time, durationMs: 1, bytes: 1,
            entries: 1,
            layers: 1, retention: "cached", isDurable: true,
            isPinned: false, usedAt: time)
    }

    private static func snapshot(_ step: StepKey) -> Wire.Snapshot {
        Wire.Snapshot(
            id: "s", step: step, workspace: "w", identity: digest, parent: "p", image: digest,
            revision: digest,
            run: "r", createdAt: time, durationMs: 1, bytes: 1, entries: 1, layers: 1, retention: "cached",
            isDurable: true, isPinned: true, usedAt: time, ownBytes: 1, sharedBytes: 1, children: [],
            fields: [], facts: [fact], heldBy: Wire.Snapshot.Holder(reason: "r", chain: []))
    }

    /// One event of each kind, by the name of its schema.
    static func events() throws -> [(String, Event.Kind)] {
        let step = try #require(StepKey("a"))
        let end = Event.StepEnd(step: step, status: .error, error: Failure(.logLimit, "d", fix: "f"))
        return [
            ("BuildStart", .buildStart(run: "r", revision: nil, stepCount: 1)),
            ("StepQueued", .stepQueued(step: step, parent: nil)),
            ("StepCacheHit", .stepCacheHit(step: step, snapshot: "s", identity: digest)),
            ("ImagePull", .imagePull(image: "i", bytes: 1, total: nil)),
            ("StepStart", .stepStart(step: step, image: nil, reason: reason)),
            (
                "StepLog",
                .stepLog(step: step, line: Event.LogLine(stream: .stdout, bytes: [65], isPartial: true))
            ),
            ("StepLog", .stepLog(step: step, line: Event.LogLine(stream: .stdout, bytes: [255]))),
            (
                "StepVolume",
                .stepVolume(
                    Event.StepVolume(
                        step: step, volume: "v", action: .saved, version: nil, key: nil, detail: "d"))
            ),
            ("StepEnd", .stepEnd(end)),
            ("WarningEvent", .warning(code: "c", detail: "d")),
            ("BuildEnd", .buildEnd(status: .passed, exitCode: 0, milliseconds: 1, executed: 1, cacheHits: 1)),
        ]
    }
}

import API
import Engine
import Model
import Pipelines

/// What a request for a lease asks for, checked.
enum LeaseWish: Sendable {
    case step(LeaseRequest)
    case view(ViewRequest)

    /// - Throws: `bad-request`, `bad-name`, `bad-path`, `pipeline-invalid` for the step.
    init(_ wire: Wire.LeaseRequest, defaultImage: String, holder: LeaseHolder) throws(Failure) {
        let lifetime = try LeaseWish.lifetime(wire.ttlSeconds)
        switch (wire.step, wire.view) {
        case (nil, let snapshot?):
            let others: [(String, Bool)] = [
                ("workspace", wire.workspace != nil), ("workspace_target", wire.workspaceTarget != nil),
                ("mountpoints", wire.mountpoints != nil), ("no_cache", wire.noCache != nil),
                ("untrusted", wire.untrusted != nil),
            ]
            if let other = others.first(where: \.1) {
                throw LeaseWish.problem("\(other.0): a view has none", "leave it out")
            }
            self = .view(
                ViewRequest(
                    snapshot: snapshot, revision: wire.revision, lifetime: lifetime, holder: holder))
        case (let step?, nil):
            var workspace: ResourceName?
            if let name = wire.workspace { workspace = try ResourceName(name, kind: "workspace") }
            let target = try wire.workspaceTarget.map(LeaseWish.workspace) ?? .usualWorkspace
            let points = try LeaseWish.mountPoints(wire.mountpoints ?? [])
            let document = try LeasedStepReader(defaultImage: defaultImage).read(
                step.text, workspace: target.entry)
            try LeaseWish.checkApart(points, document.step.mounts)
            self = .step(
                LeaseRequest(
                    step: document.step,
                    notices: document.notices
                        + (document.step.workspace == .none
                            ? [] : LeaseWish.notMade(points, workspace: target)),
                    parent: document.parent,
                    workspace: workspace, revision: wire.revision,
                    workspaceTarget: target, mountPoints: points, noCache: wire.noCache ?? false,
                    untrusted: wire.untrusted ?? false,
                    lifetime: lifetime,
                    holder: holder))
        default:
            throw LeaseWish.problem("a lease is for a step or a view", "give one of ‘step’ and ‘view’")
        }
    }

    private static let mostMountPoints = 64

    static func lifetime(_ seconds: Int64?) throws(Failure) -> TimeSpan {
        guard let seconds else { return Lease.defaultLifetime }
        let (least, most) = (
            Lease.lifetimes.lowerBound.milliseconds / 1000, Lease.lifetimes.upperBound.milliseconds / 1000
        )
        guard (least...most).contains(seconds) else {
            throw problem(
                "ttl_seconds: \(seconds) is out of range", "give an integer from \(least) to \(most)")
        }
        return TimeSpan(seconds: seconds)
    }

    /// Where the workspace is to be: what a mount of a step may be on.
    private static func workspace(_ written: String) throws(Failure) -> StepPath {
        try pathsChecked("workspace_target") { () throws(MountRule.Problem) in
            guard let path = StepPath(try MountRule.target(written, workspace: nil)) else { throw .root }
            return path
        }
    }

    private static func mountPoints(_ written: [String]) throws(Failure) -> [StepPath] {
        guard written.count <= mostMountPoints else {
            throw problem("mountpoints: \(written.count) are too many", "name at most \(mostMountPoints)")
        }
        return try pathsChecked("mountpoints") { () throws(MountRule.Problem) in
            Set(try written.map(MountRule.point)).sorted()
        }
    }

    /// What would be made in the workspace would be the step's work.
    private static func notMade(_ points: [StepPath], workspace: StepPath) -> [String] {
        points.filter { $0.entry.isAtOrBelow(workspace.entry) }.map {
            "mountpoints: \($0.text) is in the workspace, where none is made; make it before mounting on it"
        }
    }

    /// The caller mounts nothing where the daemon does.
    private static func checkApart(_ points: [StepPath], _ mounts: [StepMount]) throws(Failure) {
        let others = mounts.flatMap { mount in mount.targets.map { (path: $0, title: mount.title) } }
        guard !others.isEmpty else { return }
        try pathsChecked("mountpoints") { () throws(MountRule.Problem) in
            for point in points { try MountRule.checkApart([(point.entry, "mountpoints")] + others) }
        }
    }

    private static func pathsChecked<Value>(
        _ member: String, _ body: () throws(MountRule.Problem) -> Value
    ) throws(Failure) -> Value {
        do throws(MountRule.Problem) {
            return try body()
        } catch {
            throw Failure(.badPath, "\(member): \(error.sentence)", fix: error.fix)
        }
    }

    private static func problem(_ detail: String, _ fix: String) -> Failure {
        Failure(.badRequest, detail, fix: fix)
    }
}

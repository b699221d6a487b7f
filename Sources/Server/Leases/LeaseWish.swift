import API
import Engine
import Model
import Pipelines

/// What a request for a lease asks for, checked.
enum LeaseWish: Sendable {
    case step(LeaseRequest)
    case view(snapshot: String, lifetime: TimeSpan)

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
            self = .view(snapshot: snapshot, lifetime: lifetime)
        case (let step?, nil):
            var workspace: ResourceName?
            if let name = wire.workspace { workspace = try ResourceName(name, kind: "workspace") }
            let target = wire.workspaceTarget ?? StepSpecification.usualWorkspaceTarget
            let points = wire.mountpoints ?? []
            guard points.count <= LeaseWish.mostMountPoints else {
                throw LeaseWish.problem(
                    "mountpoints: \(points.count) are too many", "name at most \(LeaseWish.mostMountPoints)")
            }
            let place = try LeaseWish.place(target)
            for point in points { try LeaseWish.check(point, "mountpoints") }
            let document = try LeasedStepReader(defaultImage: defaultImage).read(
                step.text, workspace: place)
            try LeaseWish.checkApart(points, document.step.mounts)
            self = .step(
                LeaseRequest(
                    step: document.step,
                    notices: document.notices
                        + (document.step.workspace == .none
                            ? [] : LeaseWish.notMade(points, workspace: place)),
                    parent: document.parent,
                    workspace: workspace, revision: wire.revision,
                    workspaceTarget: "/" + String(decoding: place.bytes, as: UTF8.self),
                    mountPoints: points, noCache: wire.noCache ?? false, untrusted: wire.untrusted ?? false,
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
    private static func place(_ target: String) throws(Failure) -> EntryPath {
        do throws(MountRule.Problem) {
            return try MountRule.target(target, workspace: nil)
        } catch {
            throw Failure(.badPath, "workspace_target: \(error.sentence)", fix: error.fix)
        }
    }

    /// What the caller's runtime may mount on, the files that every step has included: absolute, without empty, `.` or `..`
    /// components, not the root, and not where a container has its own.
    private static func check(_ path: String, _ member: String) throws(Failure) {
        let components = path.utf8.dropFirst().split(separator: 0x2F, omittingEmptySubsequences: false)
        let isPlain =
            path.hasPrefix("/") && path.utf8.count <= 1024 && !path.utf8.contains(0)
            && components.allSatisfy { part in
                !part.isEmpty && part.count <= 255 && !part.elementsEqual(".".utf8)
                    && !part.elementsEqual("..".utf8)
            }
        let isTaken = components.first.map { part in
            ["proc", "sys", "dev"].contains { part.elementsEqual($0.utf8) }
        }
        guard isPlain, isTaken != true else {
            throw Failure(
                .badPath,
                "\(member): ‘\(EntryPath.printable(Array(path.utf8.prefix(200))))’ can't be mounted on",
                fix: "give an absolute path of at most 1024 bytes, 255 a name, without ‘..’, not / nor in "
                    + "/proc, /sys or /dev")
        }
    }

    /// What is made in the workspace would be the step's work.
    private static func notMade(_ points: [String], workspace: EntryPath) -> [String] {
        points.filter { EntryPath(unchecked: Array($0.utf8.dropFirst())).isAtOrBelow(workspace) }.map {
            "mountpoints: \($0) is in the workspace, where none is made; make it before mounting on it"
        }
    }

    /// The caller mounts nothing where the daemon does.
    private static func checkApart(_ points: [String], _ mounts: [StepMount]) throws(Failure) {
        guard !mounts.isEmpty else { return }
        let own = Set(points).map {
            (path: EntryPath(unchecked: Array($0.utf8.dropFirst())), title: "mountpoints")
        }
        let others = mounts.flatMap { mount in mount.targets.map { (path: $0, title: mount.title) } }
        do throws(MountRule.Problem) {
            for point in own { try MountRule.checkApart([point] + others) }
        } catch {
            throw Failure(.badPath, "mountpoints: \(error.sentence)", fix: error.fix)
        }
    }

    private static func problem(_ detail: String, _ fix: String) -> Failure {
        Failure(.badRequest, detail, fix: fix)
    }
}

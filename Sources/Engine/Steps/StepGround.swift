import Layers
import Linux
import Model
import Sandbox

/// What a step stands on: its layers, who runs in it, and what it may take.
struct StepGround: Sendable {
    let stepLayers: StepLayers
    let user: StepUser
    /// Those in force, whatever is set meanwhile.
    let limits: StepSpecification.Limits
    /// Every layer the step needs on disk while it runs.
    let layers: [LayerID]
    var mounts = MountPlan()

    /// How long the kernel may take to let go of a step's overlays after its last process has ended.
    static let patience = Duration.seconds(10)
}

extension Engine {
    func ground(of subject: StepSubject) async throws(Failure) -> StepGround {
        var (layers, user) = try await trees(
            on: subject.base.image, subject.base.parent, subject.frozen.ingest, as: subject.step.workspace,
            user: subject.step.user, subject.frozen.places, of: "step \(subject.step.key)")
        let mounts = try await planMounts(of: subject, on: layers, for: user)
        layers.volumes = mounts.volumes
        layers.mountPoints = mounts.mountPoints
        return StepGround(
            stepLayers: layers, user: user, limits: configuration.limits(for: subject.step.limits),
            layers: layers.trees.map(\.id) + mounts.volumes.flatMap(\.allLayers), mounts: mounts)
    }

    /// What root and workspace of a step are made of, and who runs in them.
    ///
    /// - Parameters:
    ///   - parent: what it stands on; nil for the bare image.
    ///   - user: as the step has it; nil for the image's.
    ///   - what: the step, for people.
    func trees(
        on image: Image, _ parent: Snapshot?, _ ingest: Ingest?, as mode: StepSpecification.WorkspaceMode,
        user name: String?, _ places: StepPlaces, of what: String
    ) async throws(Failure) -> (StepLayers, StepUser) {
        let system = try await systemLayers(
            on: image, lineage: parent?.systemLayers ?? [], mountPoints: places.mountPoints)
        let user = try await user(name ?? image.configuration.user, in: system, of: what)
        let workspace = StepLayers.Workspace(
            mode, ingest: ingest, deltas: parent?.deltaLayers ?? [], for: user)
        return (StepLayers(system: system, workspace: workspace), user)
    }

    /// The lineage's system layers, the stub layer and the image's, the uppermost first.
    func systemLayers(
        on image: Image, lineage: [LayerID], mountPoints: [MountPoint] = StepPlaces.standard.mountPoints
    ) async throws(Failure) -> [LayerReference] {
        let stub = try await stub(for: image, mountPoints)
        return (lineage.reversed() + (stub.map { [$0] } ?? []) + image.layers.map(\.layer).reversed())
            .map { LayerReference($0) }
    }

    /// - Parameter text: as in steps and images; nil for root.
    func user(
        _ text: String?, in system: [LayerReference], of what: String
    ) async throws(Failure) -> StepUser {
        let name = text ?? ""
        return try await users.answer(.init(user: name, layers: system.map(\.id))) {
            () async throws(Failure) in
            try await findUser(name, in: system, of: what)
        }
    }

    private func findUser(
        _ name: String, in system: [LayerReference], of what: String
    ) async throws(Failure) -> StepUser {
        do {
            return try await onBlockingThread { [layers] in
                let view = try LayerView(of: system, in: layers)
                return try UserLookup(in: view.root.directory).resolve(name)
            }
        } catch {
            throw Failure.wrapping(error, to: "look up the user of \(what)")
        }
    }

    func process(for subject: StepSubject, on ground: StepGround) throws(Failure) -> StepProcess {
        let (step, frozen) = (subject.step, subject.frozen)
        var environment = subject.base.image.configuration.environment(below: frozen.environment(of: step))
        environment.merge(frozen.passedEnvironment(of: step)) { _, passed in passed }
        environment.merge(ground.mounts.environment) { _, secret in secret }
        var process = StepProcess(
            command: StepProcess.shell(step.command), environment: environment,
            workingDirectory: frozen.places.workingDirectory(for: step.workspace), user: ground.user,
            network: step.network, limits: ground.limits, mounts: ground.mounts.temporary)
        if ground.stepLayers.volumes.isEmpty { process.rootLayers = ground.stepLayers.system.map(\.id) }
        return process
    }
}

extension StepLayers.Workspace {
    /// The revision's entries belong to `user`; what steps wrote keeps the owner it was given.
    ///
    /// - Parameter deltas: of the lineage, the oldest first.
    init(_ mode: StepSpecification.WorkspaceMode, ingest: Ingest?, deltas: [LayerID], for user: StepUser) {
        guard mode != .none, let ingest else {
            self = .none
            return
        }
        let written = deltas.reversed().map { LayerReference($0) }
        self.init(mode, of: written + LayerReference.shown(ingest.layers.reversed(), as: user.owner))
    }
}

extension StepUser {
    /// Whose the revision's entries are shown to be.
    var owner: EntryOwner { EntryOwner(uid: uid, gid: gid) }
}

extension ImageConfiguration {
    /// What a step gets that declares `declared`.
    func environment(below declared: [String: String]) -> [String: String] {
        var environment = environment
        environment["CI"] = environment["CI"] ?? "true"
        return environment.merging(declared) { _, declared in declared }
    }
}

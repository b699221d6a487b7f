import Catalog
import Layers
import Linux
import Model
import Sandbox

extension Engine {
    /// Finds the places of a step's mounts in what it stands on, and a version for each of its volumes.
    ///
    /// Nothing of the step is made yet: what is refused here has left no trace.
    /// - Throws: `mount-invalid`, `image-invalid`, `mount-failed`.
    func planMounts(
        of subject: StepSubject, on layers: StepLayers, for user: StepUser
    ) async throws(Failure) -> MountPlan {
        let (step, frozen) = (subject.step, subject.frozen)
        guard !step.mounts.isEmpty else { return MountPlan() }
        let searchPath =
            subject.base.image.configuration.environment(below: frozen.environment(of: step))["PATH"]
            ?? StepProcess.defaultPath
        let places = try await places(
            of: step.mounts, on: layers, workspace: frozen.places.workspace.entry, searchPath: searchPath)
        var plan = MountPlan()
        for (mount, places) in zip(step.mounts, places) {
            switch mount {
            case .volume(let volume):
                try await add(volume, at: places, to: &plan, subject, user)
            case .secret(let secret):
                let value = frozen.options.secrets[secret.name] ?? ""
                if let variable = secret.variable {
                    plan.environment[variable] = value
                } else {
                    if plan.secretFiles.isEmpty { plan.mountPoints += places.map(\.point) }
                    plan.secretFiles[secret.name] = value
                }
            case .temporary(let temporary):
                plan.mountPoints += places.map(\.point)
                plan.temporary += places.map { place in
                    OCISpecification.Mount(
                        "/\(place.target)", type: "tmpfs",
                        ["nosuid", "nodev", "mode=1777"]
                            + (temporary.size.map { ["size=\($0.bytes)"] } ?? []))
                }
            }
        }
        return plan
    }

    /// For each mount its places, in the order of its targets.
    private func places(
        of mounts: [StepMount], on layers: StepLayers, workspace: EntryPath, searchPath: String
    ) async throws(Failure) -> [[MountPlace]] {
        do {
            return try await onBlockingThread { [store = self.layers] in
                let survey = MountSurvey(of: layers, workspace: workspace, in: store)
                let shell = LazyShell(survey, searchPath: searchPath)
                var found: [[MountPlace]] = []
                var taken: [(path: EntryPath, title: String)] = []
                for mount in mounts {
                    var places: [MountPlace] = []
                    for target in mount.targets {
                        guard target != SecretMount.directory else {
                            places.append(
                                MountPlace(target: target, point: StepMountPoint(target, in: .system)))
                            continue
                        }
                        let place = try Self.naming(mount) { () throws(Failure) in
                            try survey.place(of: target)
                        }
                        taken.append((place.target, mount.title))
                        try shell.check(mount, at: place)
                        places.append(mount.showsImage ? place : place.emptied)
                    }
                    found.append(places)
                }
                do throws(MountRule.Problem) {
                    try MountRule.checkApart(taken)
                } catch {
                    throw Failure(
                        .mountInvalid, "links of the image lead two mounts to one place: \(error.sentence)",
                        fix: error.fix)
                }
                return found
            }
        } catch {
            throw Failure.wrapping(error, to: "find the places of mounts")
        }
    }

    /// A failure says which of a step's mounts it was.
    private static func naming<Value>(
        _ mount: StepMount, _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        do throws(Failure) {
            return try body()
        } catch {
            throw Failure(error.code, "\(mount.title): \(error.detail)", fix: error.fix)
        }
    }

    private func add(
        _ volume: VolumeMount, at places: [MountPlace], to plan: inout MountPlan, _ subject: StepSubject,
        _ user: StepUser
    ) async throws(Failure) {
        let frozen = subject.frozen
        let key = volume.key?.resolved(on: frozen.patterns)
        for glob in key?.unmatched ?? [] {
            plan.events.append(
                .warning(
                    code: "volume-key",
                    detail:
                        "step \(subject.step.key), volume \(volume.name): ‘\(glob)’ in its key matches nothing"
                ))
        }
        var use = VolumeUse(
            name: VolumeName(scope: frozen.scope, workspace: frozen.workspace, name: volume.name),
            wish: VolumeChoice.Wish(
                targets: volume.targets, over: volume.over, key: key?.text,
                restoreKeys: volume.restoreKeys.map { $0.resolved(on: frozen.patterns).text }),
            write: volume.write, isUntrusted: frozen.options.untrusted, quiesce: volume.quiesce)
        let found = try await choose(use, at: places)
        if let version = found.version {
            use.base = VolumeUse.Base(
                version: version.id, layers: version.layers, created: version.created, match: found.match)
            plan.holds.append(found.hold)
        }
        for refusal in found.refusals {
            plan.events.append(
                .warning(code: "volume-not-used", detail: "step \(subject.step.key): \(refusal)"))
        }
        plan.events.append(
            .stepVolume(
                Event.StepVolume(
                    step: subject.step.key, volume: volume.name.text,
                    action: found.version == nil ? .empty : .attached, version: found.version?.id,
                    key: found.version?.key,
                    detail: found.version == nil
                        ? (found.refusals.isEmpty ? "no version fits" : "no version could be used")
                        : found.match.words)))
        plan.uses.append(use)
        plan.volumes.append(
            StepVolume(
                title: "volume \(volume.name)", layers: Array((found.version?.layers ?? []).reversed()),
                places: places,
                uid: user.uid, gid: user.gid))
    }
}

/// A version for a step, held, or none.
struct ChosenVersion: Sendable {
    var version: VolumeVersion?
    var match = VolumeChoice.Match.latest
    var hold: LayerHolds.Hold
    /// Versions that would have been used, and why they are not, one sentence each.
    var refusals: [String]
}

extension VolumeChoice.Match {
    var words: String {
        switch self {
        case .key: "its key is there"
        case .prefix(let prefix): "found by the restore key ‘\(prefix)’"
        case .latest: "the latest version"
        }
    }
}

extension StepMount {
    /// Whether what lies below shows through.
    var showsImage: Bool {
        if case .volume(let volume) = self { volume.over == .image } else { false }
    }
}

/// Where the shell of a step is, looked up when a mount would hide something.
private final class LazyShell {
    private let survey: MountSurvey
    private let searchPath: String
    private var files: [EntryPath]?

    init(_ survey: MountSurvey, searchPath: String) {
        self.survey = survey
        self.searchPath = searchPath
    }

    /// - Throws: `mount-invalid` where nothing could be started any more.
    func check(_ mount: StepMount, at place: MountPlace) throws(Failure) {
        guard !mount.showsImage, place.point.area == .system, !place.ground.isEmpty else { return }
        let needed: [EntryPath]
        if let files {
            needed = files
        } else {
            needed = ProgramFiles.find("sh", searchPath: searchPath, in: try survey.root())
            files = needed
        }
        guard let hidden = needed.first(where: { $0.isAtOrBelow(place.target) }) else { return }
        throw Failure(
            .mountInvalid,
            "\(mount.title) would hide /\(hidden), which the step's shell needs, below an empty /\(place.target)",
            fix: mount.isVolume
                ? "set ‘over: image’, which puts the volume on top of what the image has there"
                : "choose another directory")
    }
}

extension StepMount {
    fileprivate var isVolume: Bool {
        if case .volume = self { true } else { false }
    }
}

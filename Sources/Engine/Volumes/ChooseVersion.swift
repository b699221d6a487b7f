import Catalog
import Layers
import Linux
import Model

extension Engine {
    /// The best version for a step that lies on what it was made on; held, so that its layers stay.
    func choose(_ use: VolumeUse, at places: [MountPlace]) async throws(Failure) -> ChosenVersion {
        let versions = try await catalog.versions(of: use.name)
        var chosen = ChosenVersion(hold: holds.hold([]), refusals: [])
        for candidate in VolumeChoice.candidates(for: use.wish, among: versions).prefix(VolumeSearch.most) {
            let version = await squashedIfDeep(candidate.version, of: use.name)
            let hold = holds.hold(version.layers)
            guard try await catalog.hasLayers(version.layers),
                try await catalog.use(version: version.id, at: now())
            else { continue }
            if let conflict = try await conflict(of: version, at: places) {
                let key = version.key.map { " with the key ‘\($0)’" } ?? ""
                chosen.refusals.append(
                    "version \(version.id)\(key) of volume \(use.name.name) is not used: \(conflict)")
                continue
            }
            chosen.version = version
            chosen.match = candidate.match
            chosen.hold = hold
            return chosen
        }
        if chosen.refusals.isEmpty,
            let other = versions.first(where: {
                $0.targets != use.wish.targets || $0.over != use.wish.over
            })
        {
            let targets = other.targets.map { "/\($0)" }.joined(separator: ", ")
            chosen.refusals.append(
                "versions of volume \(use.name.name) were made for \(targets) over \(other.over.rawValue), "
                    + "and are not used at other places")
        }
        return chosen
    }

    /// What differs, in words, between what the version lies on here and what it was made on; nil for nothing.
    func conflict(
        of version: VolumeVersion, at places: [MountPlace]
    ) async throws(Failure) -> String? {
        let here = places.map(\.signature)
        let signatures = try await catalog.volumeSignatures(of: version.layers)
        var differing: [LayerID] = []
        for layer in version.layers {
            guard let known = signatures[layer] else { return "layer \(layer) of it is not on record" }
            if known != here { differing.append(layer) }
        }
        guard !differing.isEmpty else { return nil }
        var facts: [VolumeFacts] = []
        for layer in differing {
            if let found = try await catalog.volumeFacts(of: layer) { facts.append(found) }
        }
        do {
            return try await onBlockingThread { [layers, facts] in
                for (position, place) in places.enumerated() {
                    let view = GroundView(of: place, in: layers)
                    for layer in facts where position < layer.facts.count {
                        guard let conflict = try view.conflict(with: layer.facts[position]) else { continue }
                        let path = conflict.path.isRoot ? "" : "/\(conflict.path)"
                        return "/\(place.target)\(path) of what the step stands on \(conflict.words)"
                    }
                }
                return nil
            }
        } catch {
            throw Failure.wrapping(error, to: "compare what a volume lies on")
        }
    }
}

/// How far a version is looked for.
private enum VolumeSearch {
    static let most = 50
}

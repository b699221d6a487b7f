/// What was at a path below a volume when a layer of it was written: where that is different, the layer is not used.
///
/// As facts of a workspace delta are about the source, these are about what the step's file system has in the place
/// where the volume lies over it. Owners count, since an image has them.
package enum GroundFact: Hashable, Sendable {
    case absent(EntryPath)
    /// The entry itself: type, mode, owner, content, link target, device.
    case entry(EntryPath, Digest)
    /// The entry with everything below it.
    case tree(EntryPath, Digest)

    package var path: EntryPath {
        switch self {
        case .absent(let path), .entry(let path, _), .tree(let path, _): path
        }
    }
}

/// `{"path": …}` with `entry` or `tree` and a digest, or with neither where nothing was there: archives of volumes have
/// facts too.
extension GroundFact: Codable {
    private enum CodingKeys: String, CodingKey { case path, entry, tree }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let path = try container.decode(EntryPath.self, forKey: .path)
        if let digest = try container.decodeIfPresent(Digest.self, forKey: .entry) {
            self = .entry(path, digest)
        } else if let digest = try container.decodeIfPresent(Digest.self, forKey: .tree) {
            self = .tree(path, digest)
        } else {
            self = .absent(path)
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(path, forKey: .path)
        switch self {
        case .absent: break
        case .entry(_, let digest): try container.encode(digest, forKey: .entry)
        case .tree(_, let digest): try container.encode(digest, forKey: .tree)
        }
    }
}

/// Which fact an entry of a volume's layer stands on: the rule of workspace deltas, on another kind of ground.
package enum GroundRule {
    package enum Upper: Hashable, Sendable { case directory, opaqueDirectory, other }
    package enum Below: Hashable, Sendable { case nothing, directory, other }
    package enum Verdict: Hashable, Sendable {
        case absent
        case entry
        /// Besides, what lies in the directory stands on facts of its own.
        case entryAndDescend
        case tree
    }

    package static func verdict(for upper: Upper, over below: Below) -> Verdict {
        switch (below, upper) {
        case (.nothing, _): .absent
        case (.directory, .directory): .entryAndDescend
        case (.directory, _): .tree
        case (.other, _): .entry
        }
    }
}

/// What one layer of a volume lies on, by target.
package struct VolumeFacts: Hashable, Sendable, Codable {
    /// Names exactly what was below: where it is the same, so is everything that was there. Nil in a layer made of
    /// several that had not the same.
    package var signatures: [String]?
    package var facts: [[GroundFact]]

    package init(signatures: [String]?, facts: [[GroundFact]]) {
        self.signatures = signatures
        self.facts = facts
    }
}

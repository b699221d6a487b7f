package import Linux
package import Model
import SystemPackage

/// Finds the places of a step's mounts in what it stands on, before anything of the step is made.
///
/// Views are mounted when first needed and gone with this object.
package final class MountSurvey {
    private let store: LayerStore
    private let layers: StepLayers
    private let workspace: EntryPath
    private let systemView: ViewBelow
    private let workspaceView: ViewBelow

    /// - Parameter workspace: where the step's workspace is, without a leading slash.
    package init(of layers: StepLayers, workspace: EntryPath, in store: LayerStore) {
        self.store = store
        self.layers = layers
        self.workspace = workspace
        systemView = ViewBelow(layers.system, in: store)
        workspaceView = ViewBelow(layers.workspace.references, in: store)
    }

    /// The root of the step's file system without its workspace.
    package func root() throws(Failure) -> SharedDirectory { try systemView.root() }

    /// Where `target` leads, links followed within the step's file system, and what is there.
    ///
    /// - Throws: `image-invalid` where something else is in the way, `mount-failed` for a place that nothing may be
    ///   mounted on.
    package func place(of target: EntryPath) throws(Failure) -> MountPlace {
        let found = try resolve(target, in: systemView).path
        do throws(MountRule.Problem) {
            try MountRule.check(found, workspace: workspace)
        } catch {
            throw Failure(
                .mountFailed, "/\(target) leads to /\(found) in the step's file system: \(error.sentence)",
                fix: error.fix)
        }
        guard found.isAtOrBelow(workspace), layers.workspace != .none else {
            return try place(at: found, StepMountPoint(found, in: .system), layers.system)
        }
        let rest = EntryPath(unchecked: Array(found.bytes.dropFirst(workspace.bytes.count + 1)))
        let inside = try resolve(rest, in: workspaceView)
        if case .readOnly = layers.workspace, !inside.isThere {
            throw Failure(
                .mountFailed,
                "there is no directory /\(found) to mount on, and the step's workspace is read-only",
                fix: "set ‘workspace: read-write’, or choose a directory outside the workspace")
        }
        return try place(
            at: EntryPath(unchecked: workspace.bytes + [UInt8(ascii: "/")] + inside.path.bytes),
            StepMountPoint(inside.path, in: .workspace), layers.workspace.references)
    }

    private func resolve(_ path: EntryPath, in view: ViewBelow) throws(Failure) -> ImagePathResolver.Place {
        try ImagePathResolver(root: try view.root()).resolve(MountPoint(path, .directory))
    }

    private func place(
        at target: EntryPath, _ point: StepMountPoint, _ references: [LayerReference]
    ) throws(Failure) -> MountPlace {
        let ground = try store.directories(at: point.path, in: references)
        return MountPlace(
            target: target, point: point, ground: ground, signature: try store.signature(of: ground))
    }
}

extension LayerReference {
    fileprivate func directory(_ path: EntryPath) -> GroundDirectory {
        GroundDirectory(layer: id, path: path, uid: owner?.uid, gid: owner?.gid)
    }
}

extension LayerStore {
    /// The directories that make up the directory `path` of a view, uppermost first.
    ///
    /// A name that is anything but a directory ends the search, and so does an opaque directory behind itself.
    func directories(
        at path: EntryPath, in references: [LayerReference]
    ) throws(Failure) -> [GroundDirectory] {
        var found: [GroundDirectory] = []
        for reference in references {
            let layer = try layer(reference.id)
            let step = try storing("look for \(path) in layer \(reference.id)") {
                try Self.look(for: path, in: layer.directory)
            }
            if step.isThere { found.append(reference.directory(path)) }
            if step.isLast { break }
        }
        return found
    }

    private static func look(
        for path: EntryPath, in layer: borrowing Directory
    ) throws -> (isThere: Bool, isLast: Bool) {
        var directory = try layer.reopened()
        var isLast = false
        for component in path.components {
            let name = Array(component)
            guard let status = try directory.statusIfPresent(name) else { return (false, isLast) }
            guard status.kind == .directory else { return (false, true) }
            directory = try directory.openDirectory(name)
            if try directory.isOpaque() { isLast = true }
        }
        return (true, isLast)
    }

    func directory(_ part: GroundDirectory) throws(Failure) -> SharedDirectory {
        let layer = try layer(part.layer)
        return try storing("open \(part.path) of layer \(part.layer)") {
            SharedDirectory(
                part.path.isRoot
                    ? try layer.directory.reopened()
                    : try layer.directory.openDirectory(beneath: part.path.bytes))
        }
    }

    /// Names what the directories show: those that have something in them, and what the uppermost has of mode, owner
    /// and attributes.
    func signature(of ground: [GroundDirectory]) throws(Failure) -> String {
        guard let top = ground.first else { return "" }
        var parts: [String] = []
        for part in ground {
            let isEmpty = try storing("look into layer \(part.layer)") {
                try directory(part).directory.reopened().isEmpty()
            }
            if isEmpty { continue }
            let owner = part.uid.map { "@\($0):\(part.gid ?? 0)" } ?? ""
            parts.append("\(part.layer)\(owner)/\(part.path)")
        }
        let root = try metadata(of: top)
        return (["\(String(root.mode, radix: 8)) \(root.uid):\(root.gid)"] + parts).joined(separator: "\n")
    }

    /// What the directory has, as it is seen.
    func metadata(of part: GroundDirectory) throws(Failure) -> EntryMetadata {
        let directory = try directory(part)
        var metadata = try storing("look at \(part.path) of layer \(part.layer)") {
            try EntryMetadata(of: directory.directory)
        }
        if let uid = part.uid, let gid = part.gid { (metadata.uid, metadata.gid) = (uid, gid) }
        return metadata
    }

    func lowers(_ ground: [GroundDirectory]) throws(Failure) -> [OverlayLower] {
        var lowers: [OverlayLower] = []
        for part in ground {
            let shift = part.uid.flatMap { uid in part.gid.map { OwnerShift(uid: uid, gid: $0) } }
            lowers.append(OverlayLower(try directory(part), ownerShift: shift))
        }
        return lowers
    }
}

package import Linux
package import Model
package import SystemPackage

/// A step's overlays, attached to nothing: to be handed to whoever runs the step.
package struct StepMounts: ~Copyable, Sendable {
    /// The root file system.
    private let system: DetachedMount
    /// What belongs at the workspace's target; `nil` for a step without one.
    private let workspace: DetachedMount?
    private let volumes: VolumeMounts

    init(
        system: consuming DetachedMount, workspace: consuming DetachedMount?,
        volumes: consuming VolumeMounts = VolumeMounts()
    ) {
        self.system = system
        self.workspace = workspace
        self.volumes = volumes
    }

    /// Views that can't be written to.
    package init(viewing layers: StepLayers, in store: LayerStore) throws(Failure) {
        let system = try store.readOnlyMount(of: layers.system, "a snapshot")
        switch layers.workspace {
        case .none: self.init(system: system, workspace: nil)
        case .readOnly(let below), .readWrite(let below):
            self.init(
                system: system, workspace: try store.readOnlyMount(of: below, "a snapshot's workspace"))
        }
    }

    consuming func with(_ volumes: consuming VolumeMounts) -> StepMounts {
        StepMounts(system: system, workspace: workspace, volumes: volumes)
    }

    /// Makes the directories on which something will be mounted, where the view has none. What of them nobody used is
    /// taken away again when the step is sealed.
    func makeMountPoints(of layers: StepLayers) throws(Failure) {
        for path in layers.mountPoints(in: .system) {
            try storing("make the mount point /\(path)") { try Self.makeFolders(path, in: systemDirectory()) }
        }
        for path in layers.mountPoints(in: .workspace) {
            try storing("make the mount point \(path) of the workspace") {
                if let root = try workspaceDirectory() { try Self.makeFolders(path, in: root) }
            }
        }
    }

    /// Looked at first, for a view that can't be written to.
    private static func makeFolders(_ path: EntryPath, in root: borrowing Directory) throws(Errno) {
        var place = try root.reopened()
        for component in path.components {
            let name = Array(component)
            if try place.statusIfPresent(name) == nil {
                try place.createDirectory(name)
                place = try place.openDirectory(name)
                // Not by the mode of the creation, on which the umask has a say.
                try place.descriptor.setMode(0o755)
            } else {
                place = try place.openDirectory(name)
            }
        }
    }

    /// The root of the step's file system. Open, it keeps the step busy.
    package borrowing func systemDirectory() throws(Errno) -> Directory { try system.directory() }

    /// The step's workspace, if it has one. Open, it keeps the step busy.
    package borrowing func workspaceDirectory() throws(Errno) -> Directory? {
        switch workspace {
        case .some(let mount): try mount.directory()
        case .none: nil
        }
    }

    func systemWatch() throws(Failure) -> SuperblockWatch { try Self.watch(system) }

    func workspaceWatch() throws(Failure) -> SuperblockWatch? {
        switch workspace {
        case .some(let mount): try Self.watch(mount)
        case .none: nil
        }
    }

    private static func watch(_ mount: borrowing DetachedMount) throws(Failure) -> SuperblockWatch {
        do {
            return try SuperblockWatch(mount)
        } catch {
            throw .watching(error, "watch a step's overlay")
        }
    }

    /// Puts the root onto a directory of the host, and workspace and volumes onto their places inside, links not
    /// followed.
    ///
    /// They stay until somebody unmounts them.
    package consuming func attach(
        at path: String, workspaceAt target: EntryPath?, readOnly: Bool
    ) throws(Errno) {
        try separate { system, workspace, volumes throws(Errno) in
            var mount = try system.attach(at: path)
            if let workspace, let target {
                if readOnly { try workspace.setAttributes(.readOnly) }
                try mount.attach(workspace, at: target.bytes)
            }
            var volumes = volumes
            try volumes.takeAll { volume, target throws(Errno) in try mount.attach(volume, at: target.bytes) }
            mount.abandon()
        }
    }

    /// Hands the mounts over, one by one.
    package consuming func separate<Result: ~Copyable, Problem: Error>(
        _ body: (
            _ system: consuming DetachedMount, _ workspace: consuming DetachedMount?,
            _ volumes: consuming VolumeMounts
        ) throws(Problem) -> Result
    ) throws(Problem) -> Result {
        try body(system, workspace, volumes)
    }
}

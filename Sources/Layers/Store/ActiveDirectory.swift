import Linux
import Model
import SystemPackage

/// One directory of `active/`, held by whoever fills it; dropped, it goes to `dead/`.
struct ActiveDirectory: ~Copyable, Sendable {
    /// Which of the directories that a layer can come from.
    enum Part: Hashable {
        case system, workspace
        /// What a step writes at one place of a volume: both by their position.
        case volume(Int, Int)

        var name: String {
            switch self {
            case .system: "system"
            case .workspace: "workspace"
            case .volume(let volume, let place): "volume-\(volume)-\(place)"
            }
        }

        /// The overlay's scratch beside it.
        var work: String { name + ".work" }
    }

    let number: LayerID
    let store: LayerStore
    let directory: SharedDirectory
    private var isLive = true

    /// Makes `active/N`, which must not be there.
    ///
    /// - Parameter limit: of what may be written below; nil for what there is.
    init(_ number: LayerID, in store: LayerStore, limit: ByteSize? = nil) throws(Failure) {
        self.number = number
        self.store = store
        directory = try storing("make the directory active/\(number)") {
            do {
                try store.active.directory.createDirectory(number.description)
            } catch Errno.fileExists {
                throw Failure(
                    .storeDamaged, "active/\(number) is in use though its number was never given out",
                    fix: "stop the daemon, move the store away and begin anew: runs make its content again")
            }
            return SharedDirectory(try store.active.directory.openDirectory(number.description))
        }
        if let limit { store.quotas.bound(directory.directory, of: number, to: limit) }
    }

    /// Opens `active/N`, which was abandoned.
    init(reopening number: LayerID, in store: LayerStore) throws(Failure) {
        self.number = number
        self.store = store
        directory = try storing("open the directory active/\(number)") {
            SharedDirectory(try store.active.directory.openDirectory(number.description))
        }
    }

    /// Leaves the directory as it is, for `init(reopening:in:)`.
    consuming func abandon() { isLive = false }

    deinit {
        // Nobody is there to hear of a failure; the sweep at the next start finds what is left.
        guard isLive else { return }
        try? store.bury(active: number)
    }

    /// Makes an upper directory that looks like the view below it, and the scratch for an overlay.
    func makeUpper(_ part: Part, like metadata: EntryMetadata, forOverlay: Bool = true) throws(Failure) {
        try storing("make the upper directory of a step") {
            if forOverlay { try directory.directory.createDirectory(part.work) }
            try directory.directory.createDirectory(part.name)
            let upper = try directory.directory.openDirectory(part.name)
            try metadata.apply(to: upper.descriptor)
        }
    }

    func open(_ part: Part) throws(Failure) -> SharedDirectory {
        try storing("open \(part.name) of active/\(number)") {
            SharedDirectory(try directory.directory.openDirectory(part.name))
        }
    }

    /// Whether no overlay, in whichever mount namespace, writes to its parts.
    ///
    /// - Parameter volumes: parts there are beside the usual two.
    /// - Throws: `overlay-unsupported` on a kernel that can't tell.
    func isUnused(volumes: [Part] = []) throws(Failure) -> Bool {
        do {
            guard try store.tellsUse(in: directory) else {
                throw Failure(
                    .overlayUnsupported, "the kernel does not tell whether active/\(number) is in use",
                    fix: "run the step again, without stopping the daemon meanwhile")
            }
            for part in [Part.system, .workspace] + volumes {
                guard
                    try storing(
                        "look at active/\(number)",
                        {
                            try directory.directory.statusIfPresent(part.name)
                        }) != nil
                else { continue }
                if try store.mounter.isInUse(overlayUpper(part), lower: store.empty) { return false }
            }
            return true
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(
                .mountFailed, "cannot ask whether active/\(number) is in use: \(error)",
                fix: "run `varve doctor` to see what the kernel supports")
        }
    }

    /// Makes a part a layer of the store: one rename.
    func commit(_ part: Part, as layer: LayerID) throws(Failure) { try commit(part.name, as: layer) }

    private func commit(_ name: String, as layer: LayerID) throws(Failure) {
        try storing("commit layer \(layer)") {
            do {
                try directory.directory.rename(
                    name, to: store.layers.directory, as: layer.description, .noReplace)
            } catch Errno.fileExists {
                throw Failure(
                    .storeDamaged, "layer \(layer) is there already though its number was never given out",
                    fix: "stop the daemon, move the store away and begin anew: runs make its content again")
            }
        }
    }

    /// Makes what a step wrote at the places of a volume one layer of the store: directory `N` of it belongs to place
    /// `N`. All or nothing, by the last rename.
    func commit(volume: Int, places: Int, as layer: LayerID) throws(Failure) {
        let gathered = "volume-\(volume)"
        try storing("gather what a step wrote to a volume") {
            try directory.directory.createDirectory(gathered)
            let folder = try directory.directory.openDirectory(gathered)
            try folder.descriptor.setMode(0o755)
            for place in 0..<places {
                try directory.directory.rename(
                    Part.volume(volume, place).name, to: folder, as: "\(place)", .noReplace)
            }
        }
        try commit(gathered, as: layer)
    }

    /// Moves what is left to `dead/`, or removes the directory if nothing is.
    consuming func bury() throws(Failure) {
        isLive = false
        store.quotas.lift(number)
        do {
            try store.active.directory.remove(number.description, directory: true)
        } catch {
            try store.graveyard.bury(number, from: store.active)
        }
    }
}

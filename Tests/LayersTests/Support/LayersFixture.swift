import Glibc
import Layers
import Linux
import Model
import SystemPackage
import TestSupport

/// A store in a scratch directory, with everything below removed at the end of its life.
final class LayersFixture {
    let path: String
    let store: LayerStore
    let mounter: OverlayMounter
    private var lastNumber: Int64 = 0

    private static let support = Result { () throws(OverlayError) in
        try OverlaySupport.probe(in: Directory(openingScratch: "/tmp"))
    }

    init() throws {
        path = "/tmp/varve-layers-\(UInt64.random(in: 0...UInt64.max))"
        let parent = try Directory(opening: "/tmp")
        try parent.createDirectory(String(path.dropFirst("/tmp/".count)))
        mounter = OverlayMounter(try Self.support.get())
        store = try LayerStore(in: Directory(opening: path), mounter: mounter)
    }

    deinit {
        try? Directory(opening: "/tmp").removeTree(String(path.dropFirst("/tmp/".count)))
    }

    /// The next number of this store's catalog.
    func number() -> LayerID {
        lastNumber += 1
        return LayerID(lastNumber)
    }

    func directory(_ name: String) throws -> Directory { try Directory(opening: path + "/" + name) }

    /// A directory beside the store's own, not one of its folders.
    func scratch(_ name: String) throws -> Directory {
        let root = try Directory(opening: path)
        try root.createDirectory(name)
        try root.setMode(name, 0o755)
        return try root.openDirectory(name)
    }

    /// A layer filled by hand.
    func layer(_ fill: (borrowing Directory) throws -> Void) throws -> LayerReference {
        let builder = try LayerBuilder(number(), in: store)
        try fill(builder.root.directory)
        return LayerReference(try builder.commit())
    }

    func layer(_ tree: SourceTree, owner: OwnerShift? = nil) throws -> LayerReference {
        let builder = try LayerBuilder(number(), in: store)
        try tree.write(to: builder.root.directory)
        return LayerReference(try builder.commit(), owner: owner)
    }

    /// Runs `body` as a step in its system tree, and in its workspace.
    func step(
        on layers: StepLayers, revision: Manifest? = nil, mountPoints: [EntryPath] = [],
        _ body: (borrowing Directory, borrowing Directory?) throws -> Void
    ) throws -> CommittedStep {
        try sealed(on: layers, revision: revision, mountPoints: mountPoints, body)
            .commit(system: number(), workspace: number())
    }

    func sealed(
        on layers: StepLayers, revision: Manifest? = nil, mountPoints: [EntryPath] = [],
        _ body: (borrowing Directory, borrowing Directory?) throws -> Void
    ) throws -> SealedStep {
        var step = try PreparedStep(number(), on: layers, in: store).mount()
        if let mounts = step.takeMounts() {
            let system = try mounts.systemDirectory()
            let workspace = try mounts.workspaceDirectory()
            try body(system, workspace)
        }
        return try step.released(timeout: .seconds(10)).quiet()
            .seal(revision: revision, mountPoints: mountPoints)
    }

    /// A step that writes in its system tree alone.
    func systemStep(
        on layers: [LayerReference], _ body: (borrowing Directory) throws -> Void
    ) throws -> CommittedStep {
        try step(on: StepLayers(system: layers, workspace: .none)) { system, _ in try body(system) }
    }

    /// A step that writes in its workspace alone.
    func workspaceStep(
        on layers: [LayerReference], revision: Manifest, _ body: (borrowing Directory) throws -> Void
    ) throws -> CommittedStep {
        try step(on: StepLayers(system: [], workspace: .readWrite(layers)), revision: revision) {
            _, workspace in
            switch workspace {
            case .some(let workspace): try body(workspace)
            case .none: throw Errno.noSuchFileOrDirectory
            }
        }
    }

    func listing(_ layers: [LayerReference]) throws -> TreeListing {
        try TreeListing(of: store.view(of: layers).root.directory)
    }
}

extension CommittedStep {
    /// The step's layers on top of those it ran on.
    func above(_ layers: [LayerReference]) -> [LayerReference] {
        (system.map { [LayerReference($0.layer)] } ?? []) + layers
    }

    func deltaAbove(_ layers: [LayerReference]) -> [LayerReference] {
        (workspace.map { [LayerReference($0.layer)] } ?? []) + layers
    }
}

extension Directory {
    fileprivate init(openingScratch path: String) throws(OverlayError) {
        do {
            self = try Directory(opening: path)
        } catch {
            throw OverlayError("opening \(path)", error)
        }
    }
}

func path(_ text: String) -> EntryPath { EntryPath(unchecked: Array(text.utf8)) }

/// The code of the failure that `body` ends with.
func failureCode(_ body: () throws -> Void) -> FailureCode? {
    do {
        try body()
        return nil
    } catch {
        return (error as? Failure)?.code
    }
}

/// The system-call error that `body` ends with.
func errno(_ body: () throws -> Void) -> Errno? {
    do {
        try body()
        return nil
    } catch {
        return error as? Errno
    }
}

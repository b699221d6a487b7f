import API
import Catalog
import Engine
import Layers
import Linux
import Model

extension Wire.Snapshot {
    /// Without identity, fields and facts, which take further look-ups.
    init(_ snapshot: Snapshot) {
        self.init(
            id: snapshot.id, step: snapshot.step, workspace: snapshot.workspace, parent: snapshot.parent,
            image: snapshot.image, revision: snapshot.revision, run: snapshot.maker,
            createdAt: Wire.Time(snapshot.created), durationMs: snapshot.milliseconds, bytes: snapshot.bytes,
            entries: snapshot.entries, layers: snapshot.systemLayers.count + snapshot.deltaLayers.count,
            retention: snapshot.retention.rawValue, isDurable: snapshot.isDurable,
            isPinned: snapshot.isPinned, usedAt: Wire.Time(snapshot.used))
    }

    init(_ details: SnapshotDetails) {
        self.init(details.snapshot)
        ownBytes = details.sizes.own
        sharedBytes = details.sizes.shared
        children = details.children
        heldBy = details.holder.map { Holder(reason: $0.reason, chain: $0.chain) }
        guard let newest = details.records.first else { return }
        identity = newest.identity.digest
        fields = newest.identity.fields.map { Field(name: $0.name, value: $0.value) }
        facts = newest.facts.facts.map { Wire.Fact($0) }
    }
}

extension Wire.Change {
    /// - Parameter target: where the step had its workspace.
    init(_ change: SnapshotChanges.Change, workspaceAt target: StepPath) {
        let isDeletion = change.change.kind == .deleted
        let area: Area
        let prefix: String
        switch change.area {
        case .system: (area, prefix) = (.system, "/")
        case .workspace: (area, prefix) = (.workspace, target.text + "/")
        }
        let kind: Kind =
            switch change.change.kind {
            case .added: .added
            case .modified: .modified
            case .deleted: .deleted
            }
        let path = WirePath(change.change.path, prefix: prefix)
        self.init(
            area: area, kind: kind, path: path.text, pathBase64: path.base64,
            type: isDeletion ? nil : change.change.entry.word,
            bytes: !isDeletion && change.change.entry == .file ? change.change.size : nil)
    }
}

extension FileKind {
    fileprivate var word: String {
        switch self {
        case .file: "file"
        case .directory: "directory"
        case .link: "link"
        case .characterDevice, .blockDevice: "device"
        case .fifo: "fifo"
        case .socket: "socket"
        }
    }
}

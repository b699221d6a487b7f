import Model

/// A tree being put together by a depth-first walk whose file contents are still being read by others.
///
/// Entries of a directory come sorted by name. What has no digest yet has a slot; `finish` fills those in and makes the
/// digests of the directories above them.
struct TreeDraft {
    private var nodes: [Manifest.Node] = []
    private var records: [StatRecord] = []
    private var names: [UInt8] = []
    /// Children of directories that are still open, outermost first.
    private var openNodes: [Manifest.Node] = []
    private var openRecords: [StatRecord] = []
    private var undigested: [Int32] = []
    /// Of the directories among `openNodes`, whether their own tree digest is to be made at the end.
    private var pending: Set<Int> = []

    init(expecting entries: Int) {
        nodes.reserveCapacity(entries + 1)
        records.reserveCapacity(entries + 1)
        names.reserveCapacity(entries * 12)
    }

    /// Entries that were added, open ones included.
    var count: Int { nodes.count + openNodes.count }

    /// Where the children of a directory that is begun now will start.
    var mark: Int { openNodes.count }

    mutating func add(
        _ name: ArraySlice<UInt8>, kind: SourceEntry.Kind, mode: UInt16, size: Int64, digest: Digest,
        record: StatRecord
    ) {
        openNodes.append(node(name, kind: kind, mode: mode, size: size, digest: digest))
        openRecords.append(record)
    }

    /// Closes a directory, whose children are all that was added since `mark`.
    ///
    /// - Parameter tree: its digest, if that is known.
    mutating func close(
        _ name: ArraySlice<UInt8>, mode: UInt16, mark: Int, tree: Digest?, record: StatRecord
    ) {
        let first = nodes.count
        nodes.append(contentsOf: openNodes[mark...])
        records.append(contentsOf: openRecords[mark...])
        if !pending.isEmpty {
            for position in mark..<openNodes.count where pending.remove(position) != nil {
                undigested.append(Int32(first + position - mark))
            }
        }
        let childCount = openNodes.count - mark
        openNodes.removeLast(childCount)
        openRecords.removeLast(childCount)
        var directory = node(name, kind: .directory, mode: mode, size: 0, digest: tree ?? TreeDraft.unknown)
        directory.firstChild = UInt32(first)
        directory.childCount = UInt32(childCount)
        if tree == nil { pending.insert(openNodes.count) }
        openNodes.append(directory)
        openRecords.append(record)
    }

    /// - Parameter results: what was read for every slot, by its number less one.
    consuming func finish(
        _ results: [ContentResult], root: (mode: UInt16, tree: Digest?, record: StatRecord)
    ) -> (manifest: Manifest, records: [StatRecord]) {
        close([], mode: root.mode, mark: 0, tree: root.tree, record: root.record)
        nodes.append(contentsOf: openNodes)
        records.append(contentsOf: openRecords)
        if !pending.isEmpty { undigested.append(Int32(nodes.count - 1)) }
        if !results.isEmpty { fill(results) }
        // In the order in which they were closed: children before their directory.
        for index in undigested.sorted().map(Int.init) {
            let first = Int(nodes[index].firstChild)
            nodes[index].digest = Manifest.treeDigest(
                mode: nodes[index].mode, children: nodes[first..<first + Int(nodes[index].childCount)],
                names: names)
        }
        return (Manifest(nodes: nodes, names: names), records)
    }

    private mutating func fill(_ results: [ContentResult]) {
        for index in records.indices where records[index].slot != 0 {
            let result = results[Int(records[index].slot) - 1]
            nodes[index].digest = result.digest
            nodes[index].size = result.size
            let (shown, flags) = (records[index].shown, records[index].flags)
            records[index] = StatRecord(result.status, shown: shown, flags: flags)
            if result.isStored { records[index].flags.insert(.stored) }
            if result.isSettled { records[index].flags.insert(.settled) }
        }
    }

    private mutating func node(
        _ name: ArraySlice<UInt8>, kind: SourceEntry.Kind, mode: UInt16, size: Int64, digest: Digest
    ) -> Manifest.Node {
        let start = UInt32(names.count)
        names.append(contentsOf: name)
        return Manifest.Node(
            nameStart: start, nameLength: UInt16(name.count), mode: mode, kind: kind, size: size,
            digest: digest)
    }

    private static let unknown = Digest(of: [])
}

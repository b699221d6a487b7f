import Linux
package import Model

/// What makes the next scan of a workspace fast: for every entry of one revision what `stat` said when it was read.
///
/// Lies in the store beside the revision it belongs to (`encoded`). Losing it costs a reading of all files, nothing else.
package struct StatCache: Sendable {
    /// The revision it is parallel to.
    package let revision: Digest
    /// The directory it was made from: another one under the same workspace name shares no `stat`.
    let rootInode: UInt64
    let rootDevice: UInt64
    /// The request that decided what belongs to the revision.
    let request: Digest
    /// Parallel to the manifest's nodes.
    let records: [StatRecord]
    let rules: [[UInt8]: DirectoryRules]
    let special: [[UInt8]: [[UInt8]]]

    /// - Parameter root: nil for a tree that is gone by now: only the times that steps see are kept then.
    init(_ tree: KnownTree, root: FileStatus?, request: Digest) {
        revision = tree.manifest.digest
        // No file system has that number.
        rootInode = root?.inode ?? 0
        rootDevice = root.map(StatRecord.device) ?? 0
        self.request = request
        records = tree.records.map(\.lasting)
        rules = tree.rules
        special = tree.special
    }

    func describes(_ root: FileStatus) -> Bool {
        rootInode == root.inode && rootDevice == StatRecord.device(root)
    }

    init(
        revision: Digest, rootInode: UInt64, rootDevice: UInt64, request: Digest, records: [StatRecord],
        rules: [[UInt8]: DirectoryRules], special: [[UInt8]: [[UInt8]]]
    ) {
        self.revision = revision
        self.rootInode = rootInode
        self.rootDevice = rootDevice
        self.request = request
        self.records = records
        self.rules = rules
        self.special = special
    }
}

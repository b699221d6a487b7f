package import Model

/// Puts a manifest together from a depth-first walk, for what has no tree to be scanned.
///
/// Call `beginDirectory` … `endDirectory` round the entries of each directory, the root's first and last;
/// `finish` closes the root. The order of entries within a directory is free.
package struct ManifestBuilder {
    private var nodes: [Manifest.Node] = []
    private var names: [UInt8] = []
    private var open: [[Manifest.Node]] = [[]]
    private var headers: [(name: (start: UInt32, length: UInt16), mode: UInt16)]

    /// - Parameter rootMode: the mode (07777) of the workspace's own directory.
    package init(rootMode: UInt16) { headers = [((0, 0), rootMode)] }

    package mutating func addFile(
        _ name: some Collection<UInt8>, mode: UInt16, size: Int64, content: Digest
    ) {
        add(name, kind: .file, mode: mode, size: size, digest: content)
    }

    package mutating func addLink(_ name: some Collection<UInt8>, target: Digest) {
        add(name, kind: .link, mode: 0o777, size: 0, digest: target)
    }

    package mutating func beginDirectory(_ name: some Collection<UInt8>, mode: UInt16) {
        headers.append((append(name), mode))
        open.append([])
    }

    package mutating func endDirectory() {
        let closed = closeDirectory()
        open[open.count - 1].append(closed)
    }

    package consuming func finish() -> Manifest {
        precondition(open.count == 1, "a directory was begun and not ended")
        let root = closeDirectory()
        nodes.append(root)
        return Manifest(nodes: nodes, names: names)
    }

    private mutating func closeDirectory() -> Manifest.Node {
        var children = open.removeLast()
        let header = headers.removeLast()
        children.sort { bytes(of: $0).lexicographicallyPrecedes(bytes(of: $1)) }
        let first = UInt32(nodes.count)
        nodes.append(contentsOf: children)
        return Manifest.Node(
            nameStart: header.name.start, nameLength: header.name.length, mode: header.mode, kind: .directory,
            firstChild: first, childCount: UInt32(children.count), size: 0,
            digest: Manifest.treeDigest(mode: header.mode, children: children[...], names: names))
    }

    private mutating func add(
        _ name: some Collection<UInt8>, kind: SourceEntry.Kind, mode: UInt16, size: Int64, digest: Digest
    ) {
        let place = append(name)
        open[open.count - 1].append(
            Manifest.Node(
                nameStart: place.start, nameLength: place.length, mode: mode, kind: kind, firstChild: 0,
                childCount: 0, size: size, digest: digest))
    }

    private mutating func append(_ name: some Collection<UInt8>) -> (start: UInt32, length: UInt16) {
        let start = UInt32(names.count)
        names.append(contentsOf: name)
        return (start, UInt16(name.count))
    }

    private func bytes(of node: Manifest.Node) -> ArraySlice<UInt8> {
        names[Int(node.nameStart)..<Int(node.nameStart) + Int(node.nameLength)]
    }
}

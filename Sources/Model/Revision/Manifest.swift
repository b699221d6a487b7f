/// One state of a workspace: every entry's path, type, mode and content as a Merkle tree.
///
/// Immutable and content-addressed: equal trees have equal digests, whatever their owners and times. Entries
/// lie in one array, a directory's children side by side and sorted by name, so a look-up costs a binary
/// search per path component and 20,000 entries take about 2 MB. Made by `TreeDraft` of `Workspaces`.
package struct Manifest: Sendable {
    /// Children before their directory, those of one directory side by side and sorted by name; the root last.
    package let nodes: [Node]
    /// All names, one after the other.
    package let names: [UInt8]

    /// One entry as it lies in the array.
    package struct Node: Sendable {
        package var nameStart: UInt32
        package var nameLength: UInt16
        package var mode: UInt16
        package var kind: SourceEntry.Kind
        package var firstChild: UInt32
        package var childCount: UInt32
        /// A file's length in bytes; 0 for others. No part of the digest, which has the content.
        package var size: Int64
        /// A file's content, a link's target, a directory's tree.
        package var digest: Digest

        package init(
            nameStart: UInt32, nameLength: UInt16, mode: UInt16, kind: SourceEntry.Kind,
            firstChild: UInt32 = 0,
            childCount: UInt32 = 0, size: Int64 = 0, digest: Digest
        ) {
            self.nameStart = nameStart
            self.nameLength = nameLength
            self.mode = mode
            self.kind = kind
            self.firstChild = firstChild
            self.childCount = childCount
            self.size = size
            self.digest = digest
        }
    }

    /// Takes over arrays in the order described at `nodes`, with every directory's digest made by `treeDigest`.
    package init(nodes: [Node], names: [UInt8]) {
        self.nodes = nodes
        self.names = names
    }

    /// One hash per directory: its mode, then each child's name, kind, mode and digest, with lengths where they vary.
    ///
    /// - Parameter children: sorted by name.
    package static func treeDigest(mode: UInt16, children: ArraySlice<Node>, names: [UInt8]) -> Digest {
        var input: [UInt8] = Array("varve tree 1\0".utf8)
        input.reserveCapacity(input.count + 8 + children.count * 64)
        func put(_ value: UInt32) {
            for shift in [24, 16, 8, 0] as [UInt32] {
                input.append(UInt8(truncatingIfNeeded: value >> shift))
            }
        }
        put(UInt32(mode))
        put(UInt32(children.count))
        for child in children {
            put(UInt32(child.nameLength))
            input.append(
                contentsOf: names[Int(child.nameStart)..<Int(child.nameStart) + Int(child.nameLength)])
            input.append(child.kind.rawValue)
            put(UInt32(child.mode))
            child.digest.append(to: &input)
        }
        return Digest(of: input)
    }

    /// The identity of this state: the root's tree digest.
    package var digest: Digest { nodes[nodes.count - 1].digest }

    /// Entries below the root.
    package var entryCount: Int { nodes.count - 1 }

    package var fileCount: Int { nodes.count { $0.kind == .file } }

    package var byteCount: Int64 { nodes.reduce(0) { $0 + $1.size } }

    package var root: Position { Position(index: nodes.count - 1) }

    /// Where an entry stands in this manifest; of no meaning in another.
    package struct Position: Hashable, Sendable {
        /// Of the node.
        package let index: Int

        package init(index: Int) { self.index = index }
    }

    /// The entry at `path`, walking through directories only: below a file or link there is nothing.
    package func position(of path: EntryPath) -> Position? {
        var current = root
        for component in path.components {
            guard let next = child(named: component, of: current) else { return nil }
            current = next
        }
        return current
    }

    /// The uppermost of `path` and the directories above it that is not there; nil if all are.
    package func firstAbsent(of path: EntryPath) -> EntryPath? {
        var current = root
        for component in path.components {
            guard let next = child(named: component, of: current) else {
                return EntryPath(unchecked: Array(path.bytes[..<component.endIndex]))
            }
            current = next
        }
        return nil
    }

    package func child(named name: some Collection<UInt8>, of directory: Position) -> Position? {
        let children = children(of: directory)
        var (low, high) = (children.lowerBound, children.upperBound)
        while low < high {
            let middle = (low + high) / 2
            let candidate = self.name(of: Position(index: middle))
            if candidate.lexicographicallyPrecedes(name) {
                low = middle + 1
            } else if candidate.elementsEqual(name) {
                return Position(index: middle)
            } else {
                high = middle
            }
        }
        return nil
    }

    /// The children's indices, in the order of their names; empty for what is no directory.
    package func children(of directory: Position) -> Range<Int> {
        let node = nodes[directory.index]
        return Int(node.firstChild)..<Int(node.firstChild) + Int(node.childCount)
    }

    package func name(of position: Position) -> ArraySlice<UInt8> {
        let node = nodes[position.index]
        return names[Int(node.nameStart)..<Int(node.nameStart) + Int(node.nameLength)]
    }

    package func entry(at position: Position) -> SourceEntry {
        let node = nodes[position.index]
        return switch node.kind {
        case .file: .file(mode: node.mode, content: node.digest)
        case .link: .link(target: node.digest)
        case .directory: .directory(mode: node.mode)
        }
    }

    package func entry(at path: EntryPath) -> SourceEntry? { position(of: path).map { entry(at: $0) } }

    package func size(at position: Position) -> Int64 { nodes[position.index].size }

    /// The Merkle digest of a directory and everything below it; nil for what is none.
    package func tree(at path: EntryPath) -> Digest? { position(of: path).flatMap(tree(at:)) }

    package func tree(at position: Position) -> Digest? {
        let node = nodes[position.index]
        return node.kind == .directory ? node.digest : nil
    }
}

extension Manifest: Equatable {
    package static func == (left: Manifest, right: Manifest) -> Bool { left.digest == right.digest }
}

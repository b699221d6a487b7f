extension Manifest {
    /// The form in which a manifest lies in the store: `varve manifest 1\n`, three counts, the nodes, the
    /// names; integers big-endian.
    package func encoded() -> [UInt8] {
        var bytes = Manifest.magic
        bytes.reserveCapacity(bytes.count + 16 + nodes.count * Manifest.nodeLength + names.count)
        func put(_ value: some FixedWidthInteger) {
            // SAFETY: an integer has no padding; its bytes are copied within the scope.
            unsafe withUnsafeBytes(of: value.bigEndian) { unsafe bytes.append(contentsOf: $0) }
        }
        put(UInt32(truncatingIfNeeded: nodes.count))
        put(UInt32(truncatingIfNeeded: names.count))
        for node in nodes {
            put(node.nameStart)
            put(node.nameLength)
            put(node.mode)
            put(node.kind.rawValue)
            put(node.firstChild)
            put(node.childCount)
            put(node.size)
            node.digest.append(to: &bytes)
        }
        bytes.append(contentsOf: names)
        return bytes
    }

    /// Nil for bytes that `encoded` did not make: wrong length, indices out of bounds, children that are not
    /// before their directory. Does not recompute digests.
    package init?(encoded bytes: [UInt8]) {
        var reader = Reader(bytes: bytes, position: Manifest.magic.count)
        guard bytes.starts(with: Manifest.magic), let nodeCount = reader.integer(4),
            let nameCount = reader.integer(4),
            nodeCount > 0,
            bytes.count == reader.position + Int(nodeCount) * Manifest.nodeLength + Int(nameCount)
        else { return nil }
        var nodes: [Node] = []
        nodes.reserveCapacity(Int(nodeCount))
        for index in 0..<Int(nodeCount) {
            guard let node = reader.node(), Int(node.nameStart) + Int(node.nameLength) <= Int(nameCount),
                node.childCount == 0 || Int(node.firstChild) + Int(node.childCount) <= index
            else { return nil }
            nodes.append(node)
        }
        guard nodes.last?.kind == .directory else { return nil }
        self.init(nodes: nodes, names: Array(bytes[reader.position...]))
    }

    private static let magic = Array("varve manifest 1\n".utf8)
    private static let nodeLength = 4 + 2 + 2 + 1 + 4 + 4 + 8 + 32

    private struct Reader {
        let bytes: [UInt8]
        var position: Int

        mutating func integer(_ width: Int) -> UInt64? {
            guard position + width <= bytes.count else { return nil }
            defer { position += width }
            return bytes[position..<position + width].reduce(0) { $0 << 8 | UInt64($1) }
        }

        mutating func node() -> Node? {
            guard let nameStart = integer(4), let nameLength = integer(2), let mode = integer(2),
                let kind = integer(1).flatMap({ SourceEntry.Kind(rawValue: UInt8($0)) }),
                let firstChild = integer(4), let childCount = integer(4), let size = integer(8),
                position + 32 <= bytes.count, let digest = Digest(bytes: bytes[position..<position + 32])
            else { return nil }
            position += 32
            return Node(
                nameStart: UInt32(nameStart), nameLength: UInt16(nameLength), mode: UInt16(mode), kind: kind,
                firstChild: UInt32(firstChild), childCount: UInt32(childCount), size: Int64(bitPattern: size),
                digest: digest)
        }
    }
}

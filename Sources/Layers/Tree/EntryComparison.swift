import Linux
import SystemPackage

/// Whether two entries, anywhere, are the same; what is cheap to see is looked at first.
enum EntryComparison {
    /// Attributes of overlayfs that say where a directory or file came from, nothing about what it is.
    static let bookkeeping: Set<String> = [OverlayAttribute.origin, "trusted.overlay.impure"]

    /// Type, mode, owner, and where they apply size and device. Not times, links or attributes.
    static func sameStatus(_ a: FileStatus, _ b: FileStatus) -> Bool {
        guard a.kind == b.kind, a.mode == b.mode, a.uid == b.uid, a.gid == b.gid else { return false }
        return switch a.kind {
        case .file, .link: a.size == b.size
        case .characterDevice, .blockDevice: a.representedDevice == b.representedDevice
        case .directory, .fifo, .socket: true
        }
    }

    /// The bytes of two files, or the targets of two links, of equal size; other kinds have no content.
    static func sameContent(
        _ a: borrowing Directory, _ b: borrowing Directory, name: borrowing some PathBytes & ~Copyable,
        kind: FileKind
    ) throws(Errno) -> Bool {
        switch kind {
        case .file:
            let first = try a.openFile(name, [.readOnly, .nonBlocking])
            let second = try b.openFile(name, [.readOnly, .nonBlocking])
            return try sameContent(first, second)
        case .link: return try a.readLink(name) == b.readLink(name)
        case .directory, .characterDevice, .blockDevice, .fifo, .socket: return true
        }
    }

    private static func sameContent(
        _ a: borrowing Descriptor, _ b: borrowing Descriptor
    ) throws(Errno) -> Bool {
        let size = try a.status().size
        var offset: Int64 = 0
        while offset < size {
            // What is a hole in both is passed over: a file may be all hole, and larger than any disk.
            offset = min(try a.nextData(from: offset) ?? size, try b.nextData(from: offset) ?? size)
            if offset >= size { break }
            let first = try a.read(upTo: 128 << 10, at: offset)
            let second = try b.read(upTo: 128 << 10, at: offset)
            // One of two equal files may answer with less than it has.
            let common = min(first.count, second.count)
            if common == 0 { return first.isEmpty && second.isEmpty }
            if first.prefix(common) != second.prefix(common) { return false }
            offset += Int64(common)
        }
        return try b.status().size == size
    }

    /// Attributes of entry `name` in both directories but `bookkeeping`, or but all of overlayfs.
    static func sameAttributes(
        _ a: borrowing Directory, _ b: borrowing Directory, name: borrowing some PathBytes & ~Copyable,
        overlayCounts: Bool = true
    ) throws(Errno) -> Bool {
        func counts(_ attribute: String) -> Bool {
            overlayCounts
                ? !bookkeeping.contains(attribute) : !attribute.hasPrefix(OverlayAttribute.prefix)
        }
        let names = try a.attributeNames(of: name).filter(counts)
        let others = try b.attributeNames(of: name).filter(counts)
        guard Set(names) == Set(others) else { return false }
        for attribute in names {
            if try a.attribute(attribute, of: name) != b.attribute(attribute, of: name) { return false }
        }
        return true
    }
}

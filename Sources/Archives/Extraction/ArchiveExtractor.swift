package import Linux
package import Model
import SystemPackage

/// Unpacks archives below one directory, as far as a policy takes them over.
///
/// ```swift
/// var extractor = try ArchiveExtractor(into: directory, policy: .imageLayer)
/// try extractor.extract(&reader)
/// let summary = try extractor.finish()
/// ```
/// Absolute names are taken for names below the directory; a name with `..` is refused. After a failure the
/// directory holds a part of the archive, and is its owner's to remove.
package struct ArchiveExtractor: ~Copyable {
    private var tree: TreeWriter
    private let policy: ExtractionPolicy
    private let limits: ArchiveLimits
    private var summary = ExtractionSummary()
    /// Of all files so far, with holes.
    private var apparentBytes: Int64 = 0
    private var space: SpaceWatch

    package init(
        into directory: consuming Directory, policy: ExtractionPolicy, limits: ArchiveLimits = ArchiveLimits()
    ) throws(Failure) {
        tree = try TreeWriter(root: directory)
        self.policy = policy
        self.limits = limits
        space = SpaceWatch(leaving: limits.reservedBytes, of: limits.room)
    }

    /// Writes every entry of the archive.
    ///
    /// - Throws: `archive-invalid` and `too-large` with the entry's name; `storage-full`, `storage-failed`.
    package mutating func extract(_ reader: inout ArchiveReader) throws(Failure) {
        while let entry = try reader.next() {
            summary.entries += 1
            try checkAmounts(entry)
            try write(entry, &reader)
            // One entry makes at most as many directories as it is deep.
            try checkAmounts(entry)
            try noteEntry()
        }
    }

    private func checkAmounts(_ entry: ArchiveEntry) throws(Failure) {
        if summary.entries + tree.impliedDirectories > limits.entries {
            throw Failure(
                .tooLarge, "the archive has more than \(limits.entries) entries, from ‘\(entry.name)’ on",
                fix: "leave out what is not needed")
        }
        if tree.keptBytes > limits.keptBytes {
            throw Failure(
                .tooLarge,
                "the archive's directories have paths and attributes of more than "
                    + "\(ByteSize(bytes: Int64(limits.keptBytes))), from ‘\(entry.name.prefix(120))’ on",
                fix: "leave out what is not needed, or make paths shorter")
        }
    }

    /// - Throws: `storage-full` before the last of the space is used.
    private mutating func askForSpace(_ written: Int64) throws(Failure) {
        do throws(Errno) {
            try space.note(written, on: tree.root.descriptor)
        } catch {
            throw Failure.writing(error, "the archive can't be unpacked in the store")
        }
    }

    /// - Throws: `storage-full` before the last of the space or of the inodes is used.
    private mutating func noteEntry() throws(Failure) {
        do throws(Errno) {
            try space.noteEntry(on: tree.root.descriptor)
        } catch {
            throw Failure.writing(error, "the archive can't be unpacked in the store")
        }
    }

    /// Sets what directories have, after the last archive; `view` is what lies below the directory.
    package consuming func finish(over view: (any LowerTree)? = nil) throws(Failure) -> ExtractionSummary {
        summary.dependsOnView = try tree.finish(over: view)
        return summary
    }

    private mutating func write(_ entry: ArchiveEntry, _ reader: inout ArchiveReader) throws(Failure) {
        let path = try ArchivePath.resolve(entry.path, of: entry.name, limits)
        if policy.interpretsWhiteouts {
            switch try LayerMark(path) {
            case nil: break
            case .whiteout(let hidden): return try tree.writeWhiteout(at: hidden)
            case .opaque(let directory): return try tree.writeOpaque(at: directory)
            case .foreign: return
            }
        }
        noteAttributes(of: entry)
        let metadata = policy.kept(entry.metadata)
        switch entry.content {
        case .file(let size): try writeFile(at: path, size: size, metadata, &reader)
        case .directory: try tree.writeDirectory(at: path, metadata)
        case .link(let target): try tree.writeLink(at: path, target: target, metadata)
        case .hardLink(let target):
            try tree.writeHardLink(
                at: path, to: try ArchivePath.resolve(target, of: "target of \(entry.name)", limits))
        case .characterDevice(let device):
            try writeNode(at: path, .characterDevice, device, metadata)
        case .blockDevice(let device): try writeNode(at: path, .blockDevice, device, metadata)
        case .fifo: try writeNode(at: path, .fifo, .none, metadata)
        case .socket:
            if policy.keepsDevices { return summary.leaveOut("socket ‘\(path)’") }
            try writeNode(at: path, .fifo, .none, metadata)
        }
    }

    private mutating func writeNode(
        at path: EntryPath, _ kind: FileKind, _ device: DeviceNumber, _ metadata: ArchiveMetadata
    ) throws(Failure) {
        guard policy.keepsDevices else {
            return try tree.writeNode(at: path, kind: .fifo, device: .none, metadata)
        }
        let forgesWhiteout = kind == .characterDevice && device == .none
        guard !forgesWhiteout else {
            return summary.leaveOut("device 0:0 ‘\(path)’")
        }
        try tree.writeNode(at: path, kind: kind, device: device, metadata)
    }

    private mutating func writeFile(
        at path: EntryPath, size: Int64, _ metadata: ArchiveMetadata, _ reader: inout ArchiveReader
    ) throws(Failure) {
        guard size <= limits.entryBytes else {
            throw Failure(
                .tooLarge,
                "entry ‘\(path)’ has \(ByteSize(bytes: size)), more than "
                    + "\(ByteSize(bytes: limits.entryBytes))",
                fix: "leave it out of the archive")
        }
        apparentBytes += size
        guard apparentBytes <= limits.apparentBytes else {
            throw totalExceeded(limits.apparentBytes, at: path)
        }
        let file = try tree.createFile(at: path)
        var end: Int64 = 0
        var written: Int64 = 0
        let allowed = limits.totalBytes - summary.bytes
        // SAFETY: a block is used within its call only.
        unsafe try reader.forEachBlock { (block, offset) throws(Failure) in
            guard offset >= 0, offset <= size, Int64(block.count) <= size - offset else {
                throw Failure.archive("entry ‘\(path)’ has data beyond its size")
            }
            written += Int64(block.count)
            guard written <= allowed else { throw totalExceeded(limits.totalBytes, at: path) }
            try tree.storing(path) { () throws(Errno) in
                // SAFETY: the block is valid for this call.
                unsafe try file.writeAll(RawSpan(_unsafeBytes: block), at: offset)
            }
            try askForSpace(Int64(block.count))
            end = max(end, offset + Int64(block.count))
        }
        if end < size { try tree.storing(path) { () throws(Errno) in try file.truncate(to: size) } }
        try tree.complete(file, at: path, metadata)
        summary.bytes += written
    }

    private func totalExceeded(_ limit: Int64, at path: EntryPath) -> Failure {
        Failure(
            .tooLarge, "the archive's files have more than \(ByteSize(bytes: limit)), with entry ‘\(path)’",
            fix: "leave out what is not needed")
    }

    private mutating func noteAttributes(of entry: ArchiveEntry) {
        // Overlay's own marks are worth a word; labels of the host it was made on are not.
        for name in entry.metadata.attributes.keys where name.hasPrefix("trusted.") {
            summary.leaveOut("attribute ‘\(EntryPath.printable(Array(name.utf8)))’ of ‘\(entry.name)’")
        }
    }
}

extension DeviceNumber {
    /// Of what is no device.
    fileprivate static let none = DeviceNumber(major: 0, minor: 0)
}

import Linux
import Model
import SystemPackage

extension TreeScanner {
    /// Takes in one entry of the innermost directory.
    ///
    /// - Parameter answer: its status, if it was asked already.
    mutating func visit(
        _ name: ArraySlice<UInt8>, reach: IgnoreRules.Reach, known: Int?, answer: FileStatus? = nil
    ) throws {
        guard draft.count < input.limits.entries else {
            throw Failure.tooLarge("the workspace has more than \(input.limits.entries) entries")
        }
        let directory = trail.current
        // A directory is opened anyway, and asked then.
        if let known, frames[frames.count - 1].listing == nil,
            input.known?.manifest.nodes[known].kind == .directory
        {
            return try descend(name, reach: reach, known: known)
        }
        let status: FileStatus
        do {
            status = if let answer { answer } else { try directory.directory.status(name) }
        } catch .noSuchFileOrDirectory {
            return noteMoved(name)
        } catch {
            throw Failure.unreadable(error, "file", printable(name))
        }
        switch status.kind {
        case .file: try takeFile(name, status, known)
        case .link: try takeLink(name, status, known)
        case .directory: try descend(name, reach: reach, known: known)
        case .characterDevice, .blockDevice, .fifo, .socket:
            special[path, default: []].append(Array(name))
            // It was something else when it was known.
            if known != nil { noteMoved(name) }
        }
    }

    /// What is known of an entry, if its status vouches for it.
    private func reusable(_ known: Int?, _ status: FileStatus) -> (node: Manifest.Node, record: StatRecord)? {
        guard input.usesStatus, let known, let tree = input.known else { return nil }
        let (node, record) = (tree.manifest.nodes[known], tree.records[known])
        return record.vouches(for: node, status) ? (node, record) : nil
    }

    private mutating func takeFile(_ name: ArraySlice<UInt8>, _ status: FileStatus, _ known: Int?) throws {
        if let (node, record) = reusable(known, status) { return take(name, node, record, status) }
        let directory = trail.current
        let file: SharedDescriptor
        let opened: FileStatus
        do {
            guard let regular = try directory.directory.openRegularFile(beneath: name) else {
                return noteMoved(name)
            }
            file = SharedDescriptor(regular)
            opened = try file.descriptor.status()
        } catch .noSuchFileOrDirectory, .tooManySymbolicLinkLevels {
            return noteMoved(name)
        } catch {
            throw Failure.unreadable(error, "file", printable(name))
        }
        try count(opened, name)
        try request(.file(file), name, opened, known, kind: .file)
    }

    /// Adds a file to what is to be read; what is taken over unread costs nothing, nor does a further name.
    private mutating func count(_ file: FileStatus, _ name: ArraySlice<UInt8>) throws {
        let identity = ContentReader.FileIdentity(device: file.device, inode: file.inode)
        guard file.links < 2 || linked.insert(identity).inserted else { return }
        let (sum, overflows) = bytesToRead.addingReportingOverflow(file.size)
        bytesToRead = sum
        guard !overflows, sum <= input.limits.bytes else {
            throw Failure.tooLarge(
                "with \(printable(name)) the workspace's files have more than "
                    + "\(ByteSize(bytes: input.limits.bytes)) to be read, holes included")
        }
    }

    private mutating func takeLink(_ name: ArraySlice<UInt8>, _ status: FileStatus, _ known: Int?) throws {
        if let (node, record) = reusable(known, status) { return take(name, node, record, status) }
        let directory = trail.current
        let target: [UInt8]
        let read: FileStatus
        do {
            target = try directory.directory.readLink(name)
            // Only now: another link that took its name meanwhile shows in the change time.
            read = try directory.directory.status(name)
        } catch .noSuchFileOrDirectory, .invalidArgument {
            return noteMoved(name)
        } catch {
            throw Failure.unreadable(error, "link", printable(name))
        }
        guard read.kind == .link else { return noteMoved(name) }
        try request(.link(target: target), name, read, known, kind: .link)
    }

    /// Queues what is to be read, and leaves a place for what comes of it.
    private mutating func request(
        _ content: ContentQueue.Content, _ name: ArraySlice<UInt8>, _ status: FileStatus, _ known: Int?,
        kind: SourceEntry.Kind
    ) throws {
        let top = frames.count - 1
        frames[top].isSame = false
        let slot = queue.makeSlot()
        knownOfSlots.append(known)
        let record = known.flatMap { input.known?.records[$0] }
        let stored = record?.flags.contains(.stored) ?? false
        try queue.append(
            ContentQueue.Job(
                path: fullPath(name), content: content, status: status, slot: slot,
                baseline: baseline(name, known).flatMap { self.known(at: $0, in: input.baseline) },
                stored: stored ? known.flatMap { self.known(at: $0, in: input.known?.manifest) } : nil))
        draft.add(
            name, kind: kind, mode: kind == .link ? 0o777 : UInt16(status.mode), size: status.size,
            digest: Digest(of: []),
            record: StatRecord(status, shown: record?.shown ?? status.modified, slot: slot))
    }

    private func known(at index: Int, in manifest: Manifest?) -> ContentQueue.Known? {
        guard let manifest else { return nil }
        let position = Manifest.Position(index: index)
        return ContentQueue.Known(entry: manifest.entry(at: position), size: manifest.size(at: position))
    }

    /// The entry's node in the revision ingested before.
    private func baseline(_ name: ArraySlice<UInt8>, _ known: Int?) -> Int? {
        if input.knownIsBaseline { return known }
        guard let manifest = input.baseline, let directory = frames.last?.baseline else { return nil }
        return manifest.child(named: name, of: .init(index: directory))?.index
    }

    private mutating func descend(_ name: ArraySlice<UInt8>, reach: IgnoreRules.Reach, known: Int?) throws {
        let directory = trail.current
        let opened: SharedDirectory
        let status: FileStatus
        do {
            opened = SharedDirectory(try directory.directory.openDirectory(name))
            status = try opened.directory.status()
        } catch .noSuchFileOrDirectory, .notDirectory, .tooManySymbolicLinkLevels {
            return noteMoved(name)
        } catch {
            throw Failure.unreadable(error, "directory", printable(name))
        }
        if try clock(of: opened.directory, status) == .none {
            warnings.append(.fileSystemLeftOut(fullPath(name)))
            if known != nil { noteMoved(name) }
            return
        }
        let name = Array(name)
        try trail.push(name, opened)
        try enter(name, status, reach: reach, known: known, baseline: baseline(name[...], known))
    }
}

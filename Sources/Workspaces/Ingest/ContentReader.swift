import Archives
import Linux
import Model
import Synchronization
import SystemPackage

/// Takes jobs off a queue: digests what is there, and copies into the layer what the revision before does not have.
///
/// Runs on a thread with the daemon's rights; the files it reads were opened with the caller's.
struct ContentReader: Sendable {
    let queue: ContentQueue
    let site: LayerSite
    /// Names of one file become names of one copy. Held while such a file is copied: they are few.
    let copies: Mutexed<[FileIdentity: Copy]>
    /// In a workspace's first revision entries keep their times.
    let keepsTimes: Bool
    /// As in `IngestLimits`, both.
    let reservedBytes: Int64
    let room: IncomingRoom?

    struct FileIdentity: Hashable, Sendable {
        let device: DeviceNumber
        let inode: UInt64
    }

    struct Copy: Sendable {
        let path: [UInt8]
        let result: ContentResult
    }

    /// Until the queue's end. Goes on after a failure, so that the opening thread never waits for a place in vain.
    func run() {
        let copier = ContentCopier(leaving: reservedBytes, of: room) { [queue] in queue.isFailed }
        var writer: LayerWriter?
        while let job = queue.next() {
            if queue.isFailed { continue }
            do {
                queue.succeed(job, try handle(job, copier, &writer))
            } catch let failure as Failure {
                queue.fail(failure)
            } catch let error as Errno {
                queue.fail(.ingesting(error, EntryPath.printable(job.path)))
            } catch {
                queue.fail(.ingesting(.ioError, EntryPath.printable(job.path)))
            }
        }
    }

    private func handle(
        _ job: ContentQueue.Job, _ copier: ContentCopier, _ writer: inout LayerWriter?
    ) throws -> ContentResult {
        switch job.content {
        case .link(let target): return try link(job, target, &writer)
        case .file(let file):
            if let known = try readKnown(job, file, copier) { return known }
            if job.status.links < 2 { return try copy(job, file, copier, &writer) }
            return try copies.mutex.withLock { copies in
                let identity = FileIdentity(device: job.status.device, inode: job.status.inode)
                if let first = copies[identity], first.result.status.changed == job.status.changed {
                    return try addName(job, of: first, &writer)
                }
                let result = try copy(job, file, copier, &writer)
                copies[identity] = Copy(path: job.path, result: result)
                return result
            }
        }
    }

    /// What the file holds, if the layer or the revision before has the same at its path already.
    private func readKnown(
        _ job: ContentQueue.Job, _ file: SharedDescriptor, _ copier: ContentCopier
    ) throws -> ContentResult? {
        let candidates = [job.stored, job.baseline].compactMap { $0 }.filter {
            guard case .file(let mode, _) = $0.entry else { return false }
            return $0.size == job.status.size && UInt32(mode) == job.status.mode
        }
        guard !candidates.isEmpty else { return nil }
        let (digest, size) = try copier.digest(of: file.descriptor, job.status)
        guard candidates.contains(where: { $0.entry.content == digest }) else { return nil }
        return ContentResult(
            digest: digest, size: size, status: try file.descriptor.status(),
            isStored: job.stored?.entry.content == digest, path: job.path)
    }

    private func copy(
        _ job: ContentQueue.Job, _ file: SharedDescriptor, _ copier: ContentCopier,
        _ writer: inout LayerWriter?
    ) throws -> ContentResult {
        let parent = try parent(of: job, &writer)
        let name = EntryPath(unchecked: job.path).name
        let copy = try ContentReader.createFile(name, in: parent.directory)
        let (digest, size) = try copier.copy(file.descriptor, job.status, to: copy)
        try copy.setMode(job.status.mode)
        if keepsTimes { try copy.setModified(job.status.modified) }
        let status = try file.descriptor.status()
        try copy.close()
        return ContentResult(digest: digest, size: size, status: status, isStored: true, path: job.path)
    }

    private static func createFile(
        _ name: ArraySlice<UInt8>, in parent: borrowing Directory
    ) throws(Errno) -> Descriptor {
        do {
            return try parent.createFile(name)
        } catch .fileExists {
            // From an earlier pass; never write through it, it may have other names.
            try parent.removeTree(name)
            return try parent.createFile(name)
        }
    }

    private func addName(
        _ job: ContentQueue.Job, of first: Copy, _ writer: inout LayerWriter?
    ) throws -> ContentResult {
        // The first name's directory is found by a writer of its own: this one's place is kept for its neighbours.
        var other = LayerWriter(root: try site.root())
        let source = try other.parent(of: first.path)
        let parent = try parent(of: job, &writer)
        let name = EntryPath(unchecked: job.path).name
        try parent.directory.removeTree(name)
        try source.directory.createHardLink(
            to: EntryPath(unchecked: first.path).name, in: parent.directory, as: name)
        return ContentResult(
            digest: first.result.digest, size: first.result.size, status: first.result.status, isStored: true,
            path: job.path)
    }

    private func link(
        _ job: ContentQueue.Job, _ target: [UInt8], _ writer: inout LayerWriter?
    ) throws -> ContentResult {
        let digest = Digest(of: target)
        let isStored = job.stored?.entry == .link(target: digest)
        if !isStored, job.baseline?.entry != .link(target: digest) {
            let parent = try parent(of: job, &writer)
            let name = EntryPath(unchecked: job.path).name
            try parent.directory.removeTree(name)
            try parent.directory.createLink(name, target: target)
            if keepsTimes { try parent.directory.setModified(name, job.status.modified) }
            return ContentResult(digest: digest, size: 0, status: job.status, isStored: true, path: job.path)
        }
        return ContentResult(digest: digest, size: 0, status: job.status, isStored: isStored, path: job.path)
    }

    private func parent(of job: ContentQueue.Job, _ writer: inout LayerWriter?) throws -> SharedDirectory {
        if writer == nil { writer = LayerWriter(root: try site.root()) }
        guard let parent = try writer?.parent(of: job.path) else { throw Errno.badFileDescriptor }
        return parent
    }
}

/// A lock that several readers hold on to.
final class Mutexed<Value: Sendable>: Sendable {
    let mutex: Mutex<Value>

    init(_ value: Value) { mutex = Mutex(value) }
}

extension SourceEntry {
    /// A file's content.
    fileprivate var content: Digest? {
        guard case .file(_, let content) = self else { return nil }
        return content
    }
}

import Archives
import Crypto
import Layers
import Linux
import Model
import SystemPackage

/// The digest of everything a directory holds: names, types, content, owners, modes, times, attributes.
///
/// It says what is there, not how it came to be there: order on disk, holes and the moment of import count
/// for nothing. Hard links count: which names are one file.
struct TreeDigest: ~Copyable {
    private var hasher = FieldHasher(domain: "varve tree 1")
    private var firstNames: [UInt64: EntryPath] = [:]
    private let cancellation: Cancellation
    private let buffer = BlockBuffer()

    static func digest(
        of directory: borrowing Directory, _ cancellation: Cancellation
    ) throws(Failure) -> Model.Digest {
        var digest = TreeDigest(cancellation: cancellation)
        do {
            try digest.add(directory, .root)
        } catch let failure as Failure {
            throw failure
        } catch let error as Errno {
            throw Failure.storage(error, "read the new layer")
        } catch {
            throw Failure(.internalError, "the new layer can't be read: \(error)", fix: "report this")
        }
        return digest.hasher.finalize()
    }

    private init(cancellation: Cancellation) { self.cancellation = cancellation }

    private mutating func add(_ directory: borrowing Directory, _ path: EntryPath) throws {
        try add(try directory.status(), path)
        for attribute in try directory.descriptor.attributeNames().sorted() {
            add(attribute, try directory.descriptor.attribute(attribute))
        }
        for name in try directory.entryNames().sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            let entry = path.appending(name)
            let status = try directory.status(name)
            if status.kind == .directory {
                try add(try directory.openDirectory(name), entry)
            } else {
                try add(name, status, of: directory, entry)
            }
        }
        hasher.add("end", "")
    }

    private mutating func add(
        _ name: [UInt8], _ status: FileStatus, of directory: borrowing Directory, _ path: EntryPath
    ) throws {
        if status.links > 1 {
            if let first = firstNames[status.inode] {
                hasher.add("path", bytes: path.bytes)
                hasher.add("link", bytes: first.bytes)
                return
            }
            firstNames[status.inode] = path
        }
        try add(status, path)
        for attribute in try directory.attributeNames(of: name).sorted() {
            add(attribute, try directory.attribute(attribute, of: name))
        }
        switch status.kind {
        case .file: try addContent(of: try directory.openFile(name, [.readOnly, .nonBlocking]), status.size)
        case .link: hasher.add("target", bytes: try directory.readLink(name))
        case .characterDevice, .blockDevice:
            hasher.add("device", "\(status.representedDevice.major):\(status.representedDevice.minor)")
        case .directory, .fifo, .socket: return
        }
    }

    private mutating func add(_ status: FileStatus, _ path: EntryPath) throws(Failure) {
        try cancellation.check()
        hasher.add("path", bytes: path.bytes)
        hasher.add("kind", "\(status.kind.rawValue)")
        hasher.add("mode", "\(status.mode)")
        hasher.add("owner", "\(status.uid):\(status.gid)")
        hasher.add("modified", "\(status.modified)")
    }

    private mutating func add(_ attribute: String, _ value: [UInt8]?) {
        hasher.add("attribute", attribute)
        hasher.add("value", bytes: value ?? [])
    }

    /// Hashes pages with their places and leaves out those of zeros, so that holes cost and mean nothing.
    private mutating func addContent(of file: borrowing Descriptor, _ size: Int64) throws {
        var hash = SHA256()
        let page: Int64 = 4096
        var position: Int64 = 0
        while position < size, let data = try file.nextData(from: position) {
            position = data / page * page
            let end = try file.nextHole(from: data) ?? size
            while position < end {
                try cancellation.check()
                // SAFETY: the buffer is valid and read only up to what the call filled.
                let read = try unsafe file.read(into: buffer.bytes, at: position)
                if read == 0 { break }
                var start = 0
                while start < read {
                    let stop = min(start + Int(page), read)
                    let bytes = unsafe UnsafeRawBufferPointer(rebasing: buffer.bytes[start..<stop])
                    if unsafe bytes.contains(where: { $0 != 0 }) {
                        var place = (position + Int64(start)).bigEndian
                        unsafe withUnsafeBytes(of: &place) { unsafe hash.update(bufferPointer: $0) }
                        unsafe hash.update(bufferPointer: bytes)
                    }
                    start = stop
                }
                position += Int64(read)
            }
        }
        hasher.add("size", "\(size)")
        hasher.add("content", Digest(hash.finalize()))
    }
}

import Archives
import Layers
import Linux
import Model
import SystemPackage

/// The files of an archive, put down in a folder so that they can be read in any order.
///
/// On disk they have numbers for names; what they are called in the archive decides nothing there.
final class SpooledArchive: ImageFiles {
    private enum Member {
        case file(Int)
        case link(EntryPath)
    }

    let place: String
    private let folder: SharedDirectory
    private let members: [EntryPath: Member]

    private static let maximumMembers = 20_000
    private static let maximumLinks = 16

    /// Reads the whole archive.
    ///
    /// - Throws: `archive-invalid`, `too-large`, `storage-full`, `storage-failed`.
    init(
        _ reader: consuming ArchiveReader, into folder: SharedDirectory, place: String, limits: ArchiveLimits
    ) throws(Failure) {
        self.place = place
        self.folder = folder
        var reader = reader
        var members: [EntryPath: Member] = [:]
        var room = limits.totalBytes
        var space = SpaceWatch(leaving: limits.reservedBytes, of: limits.room)
        var entries = 0
        while let entry = try reader.next() {
            let path = try ArchivePath.resolve(entry.path, of: entry.name, limits)
            switch entry.content {
            case .file:
                try SpooledArchive.spool(
                    &reader, to: "\(entries)", in: folder, within: limits, room: &room, &space)
                members[path] = .file(entries)
            case .link(let target) where target.count <= limits.pathBytes:
                // Relative to where the link is; `docker save` of old wrote `../ID/layer.tar`.
                members[path] = SpooledArchive.resolve(target, from: path).map(Member.link)
            case .hardLink(let target):
                members[path] = .link(try ArchivePath.resolve(target, of: entry.name, limits))
            default: break
            }
            entries += 1
            guard entries <= SpooledArchive.maximumMembers else {
                throw Failure(
                    .tooLarge, "\(place) has more than \(SpooledArchive.maximumMembers) files",
                    fix: "check that this is an image")
            }
        }
        try reader.finish()
        self.members = members
    }

    func open(_ path: EntryPath) throws(Failure) -> Descriptor? {
        var path = path
        for _ in 0..<SpooledArchive.maximumLinks {
            switch members[path] {
            case nil: return nil
            case .link(let target): path = target
            case .file(let number):
                return try calling { () throws(Errno) in
                    try folder.directory.openFile("\(number)")
                } or: { error in
                    Failure.storage(error, "open a file of \(place)")
                }
            }
        }
        throw Failure.image("links lead in a circle at ‘\(path)’ in \(place)")
    }

    private static func spool(
        _ reader: inout ArchiveReader, to name: String, in folder: SharedDirectory,
        within limits: ArchiveLimits, room: inout Int64, _ space: inout SpaceWatch
    ) throws(Failure) {
        let file = try calling { () throws(Errno) in
            try folder.directory.createFile(name)
        } or: { error in
            Failure.storage(error, "make a file in the spool")
        }
        var left = room
        // SAFETY: a block is used within its call only.
        unsafe try reader.forEachBlock { (block, offset) throws(Failure) in
            left -= Int64(block.count)
            guard left >= 0, offset >= 0, offset <= limits.entryBytes - Int64(block.count) else {
                throw Failure(.tooLarge, "the archive is too large", fix: "save one image per archive")
            }
            try calling { () throws(Errno) in
                // SAFETY: the block is valid for this call.
                unsafe try file.writeAll(RawSpan(_unsafeBytes: block), at: offset)
                try space.note(Int64(block.count), on: file)
            } or: { error in
                Failure.storage(error, "write a file in the spool")
            }
        }
        room = left
    }

    private static func resolve(_ target: [UInt8], from path: EntryPath) -> EntryPath? {
        var components = (path.parent ?? .root).components.map { Array($0) }
        for component in target.split(separator: UInt8(ascii: "/")) {
            if component.elementsEqual("..".utf8) {
                guard components.popLast() != nil else { return nil }
            } else if !component.elementsEqual(".".utf8) {
                components.append(Array(component))
            }
        }
        return EntryPath(Array(components.joined(separator: [UInt8(ascii: "/")])))
    }
}

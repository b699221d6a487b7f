package import Linux
package import Model
import SystemPackage

/// How a tar archive is packed, where its sender has said so.
package enum ArchivePacking: String, Sendable, CaseIterable {
    case plain
    case gzip
    case zstandard

    /// A reader of the archive in `file`, from its present position.
    ///
    /// - Parameter limit: how many bytes the archive may have in all when unpacked.
    /// - Throws: `archive-invalid` for what is packed in another way.
    package func open(
        _ file: consuming Descriptor, limit: Int64, cancellation: Cancellation? = nil
    ) throws(Failure) -> ArchiveReader {
        let start = try calling { () throws(Errno) in
            try file.read(upTo: 4, at: 0)
        } or: { error in
            Failure.archive("the archive can't be read: \(error)")
        }
        let found = ArchivePacking(start: start)
        guard found == self else {
            throw Failure.archive(
                "the archive is said to be \(words), and is \(found.words)",
                fix: "name the way it is packed in")
        }
        let source = DescriptorSource(file, name: "the archive", cancellation: cancellation)
        let filters: ArchiveFilters? =
            switch self {
            case .plain: nil
            case .gzip: .gzip
            case .zstandard: .zstandard
            }
        guard let filters else { return try ArchiveReader(plain: source, limit: limit) }
        return try ArchiveReader(
            plain: Decompressor(source, filters: filters, cancellation: cancellation), limit: limit)
    }

    /// What the first bytes of an archive say.
    private init(start: [UInt8]) {
        switch ArchiveFilters(beginning: start) {
        case .gzip: self = .gzip
        case .zstandard: self = .zstandard
        default: self = .plain
        }
    }

    private var words: String {
        switch self {
        case .plain: "not compressed"
        case .gzip: "compressed with gzip"
        case .zstandard: "compressed with Zstandard"
        }
    }
}

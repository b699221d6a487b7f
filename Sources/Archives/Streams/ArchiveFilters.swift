/// The ways of compression that are recognized.
package struct ArchiveFilters: OptionSet, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let gzip = ArchiveFilters(rawValue: 1)
    package static let zstandard = ArchiveFilters(rawValue: 2)
    /// Takes up to 1 GiB of memory for an archive that asks for it.
    package static let xz = ArchiveFilters(rawValue: 4)

    /// What the layers of an image may be compressed with.
    package static let layers: ArchiveFilters = [.gzip, .zstandard]
    package static let all: ArchiveFilters = [.gzip, .zstandard, .xz]
}

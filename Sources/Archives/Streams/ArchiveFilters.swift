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

    /// Of how many bytes the longest beginning is that tells.
    static let beginningBytes = 6

    /// What bytes with this beginning are compressed with: one, or none of the known ways.
    init(beginning start: [UInt8]) {
        let isSkippable =
            start.count >= 4 && start[0] & 0xF0 == 0x50 && start[1..<4] == [0x2A, 0x4D, 0x18]
        if start.starts(with: GunzipSource.magic) {
            self = .gzip
        } else if start.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) || isSkippable {
            self = .zstandard
        } else if start.starts(with: [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]) {
            self = .xz
        } else {
            self = []
        }
    }
}

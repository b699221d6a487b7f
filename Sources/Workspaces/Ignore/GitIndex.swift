package import Model

/// The paths git tracks, from the bytes of a `.git/index` (versions 2, 3 and 4).
///
/// The file is a stranger's: every length is checked, and one that makes no sense is refused as a whole. Its checksum is not
/// looked at: whoever can write the file can write the checksum. Format: gitformat-index(5).
package struct GitIndex: Sendable {
    /// Why an index can't be used.
    package enum Problem: Error, Sendable, Hashable {
        case notAnIndex
        case unknownVersion(UInt32)
        case damaged
        case tooLarge
    }

    package static let mostBytes = 1 << 29
    static let mostEntries = 20_000_000

    /// All paths, one after the other.
    private var names: [UInt8] = []
    /// In the order of the file: sorted by bytes.
    private var entries: [Entry] = []
    /// The shared index this one adds to (`sharedindex.` and this in hex), when the index is split.
    package private(set) var sharedBase: [UInt8]?

    private struct Entry: Sendable {
        let start: UInt32
        let length: UInt16
        let isSubmodule: Bool
    }

    package init(_ file: [UInt8]) throws(Problem) {
        guard file.count <= GitIndex.mostBytes else { throw .tooLarge }
        guard file.count >= 12 + 20, file.starts(with: Array("DIRC".utf8)) else { throw .notAnIndex }
        let header = Reader(bytes: file, position: 4)
        let version = header.integer(at: 4)
        guard (2...4).contains(version) else { throw .unknownVersion(version) }
        // The file does not say which hash it is made with; only one of them fits.
        do {
            self = try GitIndex(file, version: version, hashLength: 20)
        } catch .damaged {
            self = try GitIndex(file, version: version, hashLength: 32)
        }
    }

    private init(_ file: [UInt8], version: UInt32, hashLength: Int) throws(Problem) {
        var reader = Reader(bytes: file, position: 8)
        let count = Int(reader.integer(at: 8))
        reader.position = 12
        // A split index may have entries without a name.
        guard count <= GitIndex.mostEntries, count <= file.count / (42 + hashLength) else { throw .damaged }
        entries.reserveCapacity(count)
        names.reserveCapacity(version == 4 ? count * 32 : file.count - count * 62)
        var unnamed = 0
        for _ in 0..<count {
            let entry = try reader.entry(version: version, hashLength: hashLength, into: &names)
            if entry.length == 0 { unnamed += 1 } else { entries.append(entry) }
        }
        sharedBase = try reader.sharedBase(hashLength: hashLength)
        guard unnamed == 0 || sharedBase != nil, isSorted else { throw .damaged }
    }

    /// Merge conflicts list a path up to three times in a row.
    private var isSorted: Bool {
        zip(entries, entries.dropFirst()).allSatisfy { !path($1).lexicographicallyPrecedes(path($0)) }
    }

    /// How many paths there are.
    package var count: Int { entries.count }

    /// What it takes in memory.
    var bytes: Int { names.count + entries.count * MemoryLayout<Entry>.stride }

    /// Tells apart which paths are tracked, whatever else the index says of them.
    package var pathsDigest: Digest {
        var input = names
        for entry in entries {
            for shift in [8, 0] as [UInt16] { input.append(UInt8(truncatingIfNeeded: entry.length >> shift)) }
            input.append(entry.isSubmodule ? 1 : 0)
        }
        return Digest(of: input)
    }

    /// What git knows of a path, relative to the repository's root.
    package func tracking(_ path: ArraySlice<UInt8>) -> IgnoreRules.Tracking {
        let position = lowerBound(path)
        if position < entries.count, self.path(entries[position]).elementsEqual(path) {
            return entries[position].isSubmodule ? .submodule : .file
        }
        let below = Array(path) + [UInt8(ascii: "/")]
        let first = lowerBound(below[...])
        return first < entries.count && self.path(entries[first]).starts(with: below)
            ? .directory : .untracked
    }

    /// Adds the paths of the index that a split one is based on.
    mutating func add(_ other: GitIndex) {
        let shift = UInt32(names.count)
        names += other.names
        entries += other.entries.map {
            Entry(start: $0.start + shift, length: $0.length, isSubmodule: $0.isSubmodule)
        }
        let all = names
        func path(_ entry: Entry) -> ArraySlice<UInt8> {
            all[Int(entry.start)..<Int(entry.start) + Int(entry.length)]
        }
        entries.sort { path($0).lexicographicallyPrecedes(path($1)) }
    }

    private func lowerBound(_ path: ArraySlice<UInt8>) -> Int {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if self.path(entries[middle]).lexicographicallyPrecedes(path) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }

    private func path(_ entry: Entry) -> ArraySlice<UInt8> {
        names[Int(entry.start)..<Int(entry.start) + Int(entry.length)]
    }
}

extension GitIndex {
    private struct Reader {
        let bytes: [UInt8]
        var position: Int
        /// Where the path before began, for version 4.
        private var previous: Range<Int> = 0..<0

        init(bytes: [UInt8], position: Int) {
            self.bytes = bytes
            self.position = position
        }

        /// Four bytes, big-endian, that are known to be there.
        func integer(at offset: Int) -> UInt32 {
            bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
        }

        /// Fixed part: ten numbers of four bytes (the seventh is the mode), the object's hash, the flags.
        mutating func entry(
            version: UInt32, hashLength: Int, into names: inout [UInt8]
        ) throws(Problem) -> Entry {
            let start = position
            let flagsAt = start + 40 + hashLength
            guard flagsAt + 2 < bytes.count else { throw .damaged }
            let mode = UInt16(bytes[start + 26]) << 8 | UInt16(bytes[start + 27])
            let isExtended = bytes[flagsAt] & 0x40 != 0
            guard !isExtended || version >= 3 else { throw .damaged }
            position = flagsAt + (isExtended ? 4 : 2)
            let nameStart = names.count
            if version == 4 {
                try appendCompressedName(to: &names)
            } else {
                try appendName(to: &names, entryStart: start)
            }
            previous = nameStart..<names.count
            guard previous.count <= Int(UInt16.max), names.count <= Int(UInt32.max) else { throw .tooLarge }
            return Entry(
                start: UInt32(nameStart), length: UInt16(previous.count),
                isSubmodule: mode & 0o170000 == 0o160000)
        }

        /// A name, and NULs up to a multiple of eight bytes from the entry's beginning, at least one.
        private mutating func appendName(to names: inout [UInt8], entryStart: Int) throws(Problem) {
            let end = try terminator(from: position)
            names.append(contentsOf: bytes[position..<end])
            position = entryStart + (end - entryStart + 8) / 8 * 8
            guard position <= bytes.count, bytes[end..<position].allSatisfy({ $0 == 0 }) else {
                throw .damaged
            }
        }

        /// How many bytes of the name before to take away, and what to put there instead.
        private mutating func appendCompressedName(to names: inout [UInt8]) throws(Problem) {
            let removed = try variableInteger()
            guard removed <= previous.count else { throw .damaged }
            names.append(contentsOf: names[previous.lowerBound..<previous.upperBound - removed])
            let end = try terminator(from: position)
            names.append(contentsOf: bytes[position..<end])
            position = end + 1
            guard names.count <= GitIndex.mostBytes else { throw .tooLarge }
        }

        /// git's offset encoding: seven bits a byte, the highest first, one added for every further byte.
        private mutating func variableInteger() throws(Problem) -> Int {
            var value = 0
            for index in 0..<4 {
                guard position < bytes.count else { throw .damaged }
                let byte = bytes[position]
                position += 1
                value = (index == 0 ? 0 : (value + 1) << 7) | Int(byte & 0x7F)
                if byte & 0x80 == 0 { return value }
            }
            throw .damaged
        }

        private func terminator(from start: Int) throws(Problem) -> Int {
            guard start < bytes.count, let end = bytes[start...].firstIndex(of: 0), end - start <= 65535
            else {
                throw .damaged
            }
            return end
        }

        /// Walks the extensions behind the entries; the file ends with its hash.
        mutating func sharedBase(hashLength: Int) throws(Problem) -> [UInt8]? {
            var found: [UInt8]?
            while position + 8 <= bytes.count - hashLength {
                let length = Int(integer(at: position + 4))
                let content = position + 8
                guard content + length <= bytes.count - hashLength else { throw .damaged }
                if bytes[position..<position + 4].elementsEqual("link".utf8) {
                    guard length >= hashLength else { throw .damaged }
                    let hash = bytes[content..<content + hashLength]
                    if hash.contains(where: { $0 != 0 }) { found = Array(hash) }
                }
                position = content + length
            }
            guard position == bytes.count - hashLength else { throw .damaged }
            return found
        }
    }
}

import Model

extension StatCache {
    /// The form in which it lies in the store: `varve stat cache 2\n`, then numbers big-endian,
    /// then the digest of all that.
    package func encoded() -> [UInt8] {
        var writer = Writer(bytes: StatCache.magic)
        writer.bytes.reserveCapacity(256 + records.count * StatCache.recordLength + rules.count * 160)
        revision.append(to: &writer.bytes)
        request.append(to: &writer.bytes)
        writer.put(rootInode)
        writer.put(rootDevice)
        writer.put(UInt64(rules.count))
        for (path, rules) in rules {
            writer.put(path)
            rules.digest.append(to: &writer.bytes)
            writer.put(rules.index == nil ? 0 : 1)
            guard let index = rules.index else { continue }
            writer.put(UInt64(bitPattern: index.signature.size))
            writer.put(UInt64(bitPattern: index.signature.modified))
            writer.put(UInt64(bitPattern: index.signature.changed))
            writer.put(index.signature.inode)
            writer.put(index.signature.isSettled ? 1 : 0)
            index.paths.append(to: &writer.bytes)
        }
        writer.put(UInt64(special.count))
        for (path, names) in special {
            writer.put(path)
            writer.put(UInt64(names.count))
            for name in names { writer.put(name) }
        }
        writer.put(UInt64(records.count))
        for record in records {
            writer.put(UInt64(bitPattern: record.modified))
            writer.put(UInt64(bitPattern: record.changed))
            writer.put(record.inode)
            writer.put(record.device)
            writer.put(UInt64(bitPattern: record.shown))
            writer.put(UInt64(record.flags.intersection(.lasting).rawValue))
        }
        Digest(of: writer.bytes).append(to: &writer.bytes)
        return writer.bytes
    }

    /// Nil for bytes that `encoded` did not make.
    package init?(encoded bytes: [UInt8]) {
        guard bytes.starts(with: StatCache.magic), let end = StatCache.contentEnd(of: bytes) else {
            return nil
        }
        var reader = Reader(bytes: Array(bytes[..<end]), position: StatCache.magic.count)
        guard let revision = reader.digest(), let request = reader.digest(), let inode = reader.number(),
            let device = reader.number(), let rules = reader.rules(), let special = reader.special(),
            let records = reader.records()
        else { return nil }
        self.init(
            revision: revision, rootInode: inode, rootDevice: device, request: request, records: records,
            rules: rules, special: special)
    }

    /// Where the digest begins that says whether the bytes before it are whole; nil if they are not.
    private static func contentEnd(of bytes: [UInt8]) -> Int? {
        let end = bytes.count - 32
        guard end >= magic.count, Digest(bytes: bytes[end...]) == Digest(of: bytes[..<end]) else {
            return nil
        }
        return end
    }

    private static let magic = Array("varve stat cache 2\n".utf8)
    private static let recordLength = 48

    private struct Writer {
        var bytes: [UInt8]

        mutating func put(_ value: UInt64) {
            // SAFETY: eight bytes of a local value, read within the closure.
            unsafe withUnsafeBytes(of: value.bigEndian) { unsafe bytes.append(contentsOf: $0) }
        }

        mutating func put(_ text: [UInt8]) {
            put(UInt64(text.count))
            bytes.append(contentsOf: text)
        }
    }

    private struct Reader {
        let bytes: [UInt8]
        var position: Int

        private var left: Int { bytes.count - position }

        mutating func number() -> UInt64? {
            guard left >= 8 else { return nil }
            defer { position += 8 }
            // SAFETY: eight bytes are there.
            return unsafe bytes.withUnsafeBytes {
                UInt64(bigEndian: unsafe $0.loadUnaligned(fromByteOffset: position, as: UInt64.self))
            }
        }

        mutating func signed() -> Int64? { number().map { Int64(bitPattern: $0) } }

        /// A count of things that take at least `size` bytes each.
        mutating func count(of size: Int) -> Int? {
            guard let value = number(), value <= UInt64(left / size) else { return nil }
            return Int(value)
        }

        mutating func text() -> [UInt8]? {
            guard let length = count(of: 1) else { return nil }
            defer { position += length }
            return Array(bytes[position..<position + length])
        }

        mutating func digest() -> Digest? {
            guard left >= 32 else { return nil }
            defer { position += 32 }
            return Digest(bytes: bytes[position..<position + 32])
        }

        mutating func rules() -> [[UInt8]: DirectoryRules]? {
            guard let count = count(of: 48) else { return nil }
            var rules: [[UInt8]: DirectoryRules] = [:]
            for _ in 0..<count {
                guard let path = text(), let digest = digest(), let hasIndex = number() else { return nil }
                var index: DirectoryRules.Index?
                if hasIndex == 1 {
                    guard let size = signed(), let modified = signed(), let changed = signed(),
                        let inode = number(), let isSettled = number(), let paths = self.digest()
                    else { return nil }
                    let signature = FileSignature(
                        size: size, modified: modified, changed: changed, inode: inode,
                        isSettled: isSettled == 1)
                    index = DirectoryRules.Index(signature: signature, paths: paths)
                }
                rules[path] = DirectoryRules(digest: digest, index: index)
            }
            return rules
        }

        mutating func special() -> [[UInt8]: [[UInt8]]]? {
            guard let count = count(of: 16) else { return nil }
            var special: [[UInt8]: [[UInt8]]] = [:]
            for _ in 0..<count {
                guard let path = text(), let nameCount = self.count(of: 8) else { return nil }
                var names: [[UInt8]] = []
                for _ in 0..<nameCount {
                    guard let name = text() else { return nil }
                    names.append(name)
                }
                special[path] = names
            }
            return special
        }

        mutating func records() -> [StatRecord]? {
            guard let count = count(of: StatCache.recordLength), left == count * StatCache.recordLength else {
                return nil
            }
            var records: [StatRecord] = []
            records.reserveCapacity(count)
            for _ in 0..<count {
                guard let modified = signed(), let changed = signed(), let inode = number(),
                    let device = number(),
                    let shown = signed(), let flags = number()
                else { return nil }
                records.append(
                    StatRecord(
                        modified: modified, changed: changed, inode: inode, device: device, shown: shown,
                        flags: StatRecord.Flags(rawValue: UInt32(truncatingIfNeeded: flags)).intersection(
                            .lasting),
                        slot: 0))
            }
            return records
        }
    }
}

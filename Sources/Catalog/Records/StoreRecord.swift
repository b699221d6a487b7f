import Foundation
package import Model

/// What the catalog has on one thing, as it is kept in a file beside the layers.
///
/// All records together are what a lost catalog is made again from. One is written anew whenever the thing changes,
/// off the path of whoever changed it, before the sync that makes the change durable.
package struct StoreRecord: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        /// The store itself: its identifier and key.
        case store
        case image, revision, snapshot, run
        /// One version of a volume.
        case volume
    }

    package var kind: Kind
    /// Names it among those of its kind: lower-case letters, digits and `-`.
    package var key: String
    /// The file's content; nil for a thing that is gone.
    package var content: [UInt8]?

    package init(kind: Kind, key: String, content: [UInt8]?) {
        self.kind = kind
        self.key = key
        self.content = content
    }
}

/// Records of the latest changes.
package struct RecordBatch: Sendable, Hashable {
    package var records: [StoreRecord]
    /// The number of the last change that is in them.
    package var change: Int64
}

/// How far the records were on the disk for sure, in which boot.
package struct RecordMark: Sendable, Hashable, Codable {
    /// All changes up to this one.
    package var change: Int64
    package var boot: String

    package init(change: Int64, boot: String) {
        self.change = change
        self.boot = boot
    }

    package init?(encoded: [UInt8]) {
        guard let text = SealedText.open(encoded),
            let mark = try? JSONDecoder().decode(RecordMark.self, from: Data(text))
        else { return nil }
        self = mark
    }

    package func encoded() throws(Failure) -> [UInt8] {
        do {
            return SealedText.seal(try Columns.json(self))
        } catch {
            throw Catalog.failure(error, doing: "writing down how far records are safe")
        }
    }
}

/// Text behind a line with its digest, so that a flipped byte is noticed.
enum SealedText {
    static func seal(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        return Array(Digest(of: bytes).hex.utf8) + [0x0A] + bytes
    }

    static func open(_ bytes: [UInt8]) -> ArraySlice<UInt8>? {
        guard bytes.count > 65, bytes[64] == 0x0A else { return nil }
        let text = bytes[65...]
        return Digest(of: text).hex.utf8.elementsEqual(bytes[..<64]) ? text : nil
    }
}

import Crypto

/// A SHA-256 over labelled, length-prefixed fields, so that no two different lists of fields have the same
/// input.
///
/// Every field is `label length, label, value length, value` with lengths as 8 bytes, big-endian.
package struct FieldHasher: ~Copyable {
    private var hash = SHA256()

    /// - Parameter domain: what is hashed, so that values of different kinds can never be equal.
    package init(domain: String) {
        add("domain", domain)
    }

    package mutating func add(_ label: String, _ value: String) {
        append(Array(label.utf8))
        append(Array(value.utf8))
    }

    package mutating func add(_ label: String, bytes: [UInt8]) {
        append(Array(label.utf8))
        append(bytes)
    }

    package mutating func add(_ label: String, _ value: Digest) {
        add(label, bytes: value.bytes)
    }

    /// An absent value differs from every present one, the empty string too.
    package mutating func add(_ label: String, _ value: String?) {
        if let value { add(label + "?1", value) } else { add(label + "?0", "") }
    }

    /// A list is its count and its elements: `["ab"]` differs from `["a", "b"]`.
    package mutating func add(_ label: String, _ values: [String]) {
        add(label + "#", String(values.count))
        for value in values { add(label, value) }
    }

    package consuming func finalize() -> Digest { Digest(hash.finalize()) }

    private mutating func append(_ bytes: [UInt8]) {
        var length = UInt64(bytes.count).bigEndian
        // SAFETY: the buffer is used only inside the closure.
        unsafe withUnsafeBytes(of: &length) { unsafe hash.update(bufferPointer: $0) }
        hash.update(data: bytes)
    }
}

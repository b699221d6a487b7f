/// A number of bytes as written in pipelines and on the command line: `1048576`, `2GiB`.
package struct ByteSize: Hashable, Sendable, Comparable, Codable {
    package let bytes: Int64

    package init(bytes: Int64) { self.bytes = bytes }

    /// `[0-9]+`, plain or with `KiB`, `MiB`, `GiB`, `TiB`; below 8 EiB. Nil for anything else.
    package init?(_ text: some StringProtocol) {
        let digits = text.utf8.prefix { (48...57).contains($0) }
        guard !digits.isEmpty, let number = Int64(String(decoding: digits, as: UTF8.self)),
            let factor = ByteSize.units[String(decoding: text.utf8.dropFirst(digits.count), as: UTF8.self)]
        else { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: factor)
        guard !overflow else { return nil }
        bytes = product
    }

    package static func < (left: ByteSize, right: ByteSize) -> Bool { left.bytes < right.bytes }

    private static let units: [String: Int64] = [
        "": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40,
    ]
}

extension ByteSize: CustomStringConvertible {
    /// For people, to one decimal, cut: `1.5 GiB`.
    package var description: String {
        for unit in ["TiB", "GiB", "MiB", "KiB"] {
            guard let factor = ByteSize.units[unit], bytes >= factor else { continue }
            return "\(bytes / factor).\(bytes % factor * 10 / factor) \(unit)"
        }
        return "\(bytes) B"
    }
}

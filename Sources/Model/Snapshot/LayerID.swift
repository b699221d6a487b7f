/// The number of a layer directory, `layers/N`. Given out by the catalog, upwards, and never used again.
package struct LayerID: Hashable, Sendable, Codable, Comparable {
    package let number: Int64

    package init(_ number: Int64) { self.number = number }

    package static func < (left: LayerID, right: LayerID) -> Bool { left.number < right.number }

    package init(from decoder: any Decoder) throws {
        number = try decoder.singleValueContainer().decode(Int64.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(number)
    }
}

extension LayerID: CustomStringConvertible {
    /// The directory's name.
    package var description: String { String(number) }
}

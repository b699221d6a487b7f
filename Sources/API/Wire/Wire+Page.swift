extension Wire {
    /// A list, or a part of one.
    package struct Page<Item: Codable & Sendable>: Codable, Sendable {
        package var items: [Item]
        /// The value of `cursor` that gives the next part; nil for the last.
        package var nextCursor: String?

        package init(items: [Item], nextCursor: String? = nil) {
            self.items = items
            self.nextCursor = nextCursor
        }

        private enum CodingKeys: String, CodingKey {
            case items
            case nextCursor = "next_cursor"
        }
    }
}

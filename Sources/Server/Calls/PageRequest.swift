import API
import Model

/// Which part of a list is asked for.
struct PageRequest: Sendable {
    let limit: Int
    let cursor: String?

    /// An item, and what a cursor calls it: unique in the list.
    typealias Entry<Item> = (key: String, item: Item)

    /// - Throws: `bad-request`.
    init(_ call: Call) throws(Failure) {
        limit = Int(
            try call.query.integer(.limit, in: 1...Endpoint.pageLimit.most) ?? Endpoint.pageLimit.usual)
        cursor = call.query[.cursor]
    }

    /// The cursor of a list that goes by the time in its items' identifiers, the newest first: what was removed meanwhile
    /// keeps its place.
    ///
    /// - Throws: `bad-request` for what is no such identifier.
    var identifierCursor: String? {
        get throws(Failure) {
            guard let cursor else { return nil }
            guard Identifier.isOne(cursor) else { throw unknownCursor }
            return cursor
        }
    }

    /// The cursor of a list that goes by its items' numbers, the newest first: what was removed, or has got another number,
    /// keeps its place.
    ///
    /// - Throws: `bad-request` for what is no number.
    var numberCursor: Int64? {
        get throws(Failure) {
            guard let cursor else { return nil }
            guard let number = Int64(cursor), cursor == String(number) else { throw unknownCursor }
            return number
        }
    }

    /// The part asked for of a list that was fetched whole.
    ///
    /// - Throws: `bad-request` for a cursor that names no item: it was of another list, or the item is gone.
    func cut<Item: Codable & Sendable>(_ entries: [Entry<Item>]) throws(Failure) -> Wire.Page<Item> {
        var rest = entries[...]
        if let cursor {
            guard let last = entries.firstIndex(where: { $0.key == cursor }) else { throw unknownCursor }
            rest = entries[(last + 1)...]
        }
        return page(Array(rest.prefix(limit + 1)))
    }

    /// The part asked for, of which one item more was fetched.
    func page<Item: Codable & Sendable>(_ entries: [Entry<Item>]) -> Wire.Page<Item> {
        let part = entries.prefix(limit)
        return Wire.Page(
            items: part.map(\.item), nextCursor: entries.count > limit ? part.last?.key : nil)
    }

    var unknownCursor: Failure {
        Failure(
            .badRequest,
            "‘\(EntryPath.printable(Array((cursor ?? "").utf8.prefix(200))))’ is no cursor of this list",
            fix: "use next_cursor as it was answered, or begin anew without a cursor")
    }
}

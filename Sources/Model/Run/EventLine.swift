import JSON

/// One event as it is kept and sent: the very bytes, number and kind; the rest when asked for.
package struct EventLine: Hashable, Sendable {
    /// Without the newline.
    package let bytes: [UInt8]
    /// Where a reader that lost its connection goes on.
    package let sequence: Int64
    /// Nil for one that this build does not know.
    package let kind: Event.Kind.Name?

    /// How deep an event is nested at most, with room for members of newer builds.
    package static let mostLevels = 16

    /// Costs a look at the first bytes where the line begins with `seq` and `kind`, as the daemon writes it.
    ///
    /// - Throws: `internal` for bytes that are no JSON object with `seq` and `kind`.
    package init(_ bytes: [UInt8]) throws(Failure) {
        self.bytes = bytes
        if let start = EventLine.start(of: bytes) {
            sequence = start.sequence
            kind = Event.Kind.Name(rawValue: start.kind)
            return
        }
        guard let json = try? JSONValue(parsing: bytes, mostLevels: EventLine.mostLevels),
            let sequence = json["seq"]?.integer,
            let kind = json["kind"]?.string
        else {
            throw Failure(
                .internalError, "the daemon sent an event that is no JSON object with a number and a kind",
                fix: "use a client and a daemon of one version")
        }
        self.sequence = sequence
        self.kind = Event.Kind.Name(rawValue: kind)
    }

    /// Nil for a kind, or a value within one, that this build does not know.
    package var event: Event? {
        (try? JSONValue(parsing: bytes, mostLevels: EventLine.mostLevels)).flatMap(Event.init(json:))
    }

    /// Whether nothing follows it in a run's events.
    package var isLast: Bool { kind == .buildEnd }

    /// The digits of an event's number in its line as the daemon writes it, which begins with them.
    package static func number(of line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        line.dropFirst(#"{"seq":"#.utf8.count).prefix { (48...57).contains($0) }
    }

    /// Reads `{"seq":12,"kind":"step_log"`; nil for anything else.
    private static func start(of bytes: [UInt8]) -> (sequence: Int64, kind: String)? {
        var rest = bytes[...]
        func skip(_ text: StaticString) -> Bool {
            guard rest.starts(with: text.description.utf8) else { return false }
            rest = rest.dropFirst(text.utf8CodeUnitCount)
            return true
        }
        guard skip(#"{"seq":"#) else { return nil }
        let digits = rest.prefix { (48...57).contains($0) }
        guard (1...18).contains(digits.count) else { return nil }
        rest = rest.dropFirst(digits.count)
        guard skip(#","kind":""#) else { return nil }
        let name = rest.prefix { (97...122).contains($0) || $0 == UInt8(ascii: "_") }
        guard rest.dropFirst(name.count).first == UInt8(ascii: "\"") else { return nil }
        return (digits.reduce(0) { $0 * 10 + Int64($1 - 48) }, String(decoding: name, as: UTF8.self))
    }
}

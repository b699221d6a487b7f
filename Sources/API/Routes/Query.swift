package import Model

/// The query of a request: names and values in order, as text.
package struct Query: Hashable, Sendable {
    package private(set) var items: [Item] = []

    package struct Item: Hashable, Sendable {
        package let name: String
        package let value: String
    }

    /// The names of all parameters in use, so that both ends spell them alike.
    package enum Name: String, CaseIterable, Sendable {
        case after, cursor, follow, force, identity, limit, name, path, recursive, revision, scope, status,
            step, version, view, workspace
    }

    package init() {}

    /// What `label.NAME=VALUE` asks for, by name.
    package private(set) var labels: [String: String] = [:]

    /// How many of them a query may have.
    package static let mostLabels = 16

    /// - Throws: `bad-request` for broken percent-encoding, a repeated name, or a parameter the endpoint does
    ///   not have.
    package init(parsing text: String?, allowed: Set<Name>, labels: Bool = false) throws(Failure) {
        for pair in (text ?? "").split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let written = PercentEncoding.decode(parts[0]),
                let value = PercentEncoding.decode(parts.count > 1 ? parts[1] : "")
            else { throw Query.problem("the query has broken percent-encoding: ‘\(pair)’", allowed) }
            if labels, written.hasPrefix("label."), written != "label." {
                try addLabel(String(written.dropFirst(6)), value, allowed)
                continue
            }
            guard let name = Name(rawValue: written), allowed.contains(name) else {
                throw Query.problem("the query parameter ‘\(written)’ is not known here", allowed)
            }
            guard self[name] == nil else {
                throw Query.problem("the query parameter ‘\(name)’ appears twice", allowed)
            }
            add(name, value)
        }
    }

    /// Nothing is added for nil.
    package mutating func add(_ name: Name, _ value: String?) {
        if let value { items.append(Item(name: name.rawValue, value: value)) }
    }

    private mutating func addLabel(
        _ name: String, _ value: String, _ allowed: Set<Name>
    ) throws(Failure) {
        guard labels[name] == nil else {
            throw Query.problem("the query parameter ‘label.\(name)’ appears twice", allowed)
        }
        guard labels.count < Query.mostLabels else {
            throw Failure(
                .badRequest, "the query has more than \(Query.mostLabels) labels",
                fix: "ask for those that tell most")
        }
        addLabel(name, value)
    }

    /// Asks for things with that label.
    package mutating func addLabel(_ name: String, _ value: String) {
        labels[name] = value
        items.append(Item(name: "label.\(name)", value: value))
    }

    package subscript(name: Name) -> String? { items.first { $0.name == name.rawValue }?.value }

    /// `true` and the empty value are true, `false` is false, and absence is `absent`.
    ///
    /// - Throws: `bad-request` for any other value.
    package func flag(_ name: Name, absent: Bool = false) throws(Failure) -> Bool {
        switch self[name] {
        case nil: return absent
        case "true", "": return true
        case "false": return false
        case let other?:
            throw Failure(
                .badRequest, "the query parameter ‘\(name)’ is ‘\(other)’", fix: "give true or false")
        }
    }

    /// - Throws: `bad-request` for text that is no integer in `range`.
    package func integer(_ name: Name, in range: ClosedRange<Int64>) throws(Failure) -> Int64? {
        guard let text = self[name] else { return nil }
        guard let number = Int64(text), range.contains(number), text == String(number) else {
            throw Failure(
                .badRequest, "the query parameter ‘\(name)’ is ‘\(text)’",
                fix: "give an integer from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// With a leading `?`, percent-encoded; empty for no items.
    package var text: String {
        guard !items.isEmpty else { return "" }
        return "?"
            + items.map { PercentEncoding.encode($0.name) + "=" + PercentEncoding.encode($0.value) }
            .joined(separator: "&")
    }

    private static func problem(_ detail: String, _ allowed: Set<Name>) -> Failure {
        let names = allowed.map(\.rawValue).sorted().joined(separator: ", ")
        return Failure(
            .badRequest, detail,
            fix: names.isEmpty ? "send no query with this request" : "use each of \(names) at most once")
    }
}

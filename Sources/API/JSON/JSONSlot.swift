import JSON

/// A value being put together by an encoder and the containers it handed out.
final class JSONSlot {
    private enum Content {
        case value(JSONValue)
        case object([(name: String, slot: JSONSlot)])
        case array([JSONSlot])
    }

    private var content: Content

    init(_ value: JSONValue = JSONValue(.object([]))) {
        content = .value(value)
    }

    /// Replaces what is there.
    func set(_ value: JSONValue) { content = .value(value) }

    /// Replaces what is there.
    func set(_ scalar: JSONValue.Content) { set(JSONValue(scalar)) }

    func becomeObject() {
        if case .object = content { return }
        content = .object([])
    }

    func becomeArray() {
        if case .array = content { return }
        content = .array([])
    }

    func add(_ name: String, _ slot: JSONSlot) {
        guard case .object(var members) = content else { return }
        content = .value(JSONValue(.null))
        members.append((name, slot))
        content = .object(members)
    }

    func add(_ slot: JSONSlot) {
        guard case .array(var elements) = content else { return }
        content = .value(JSONValue(.null))
        elements.append(slot)
        content = .array(elements)
    }

    var count: Int {
        if case .array(let elements) = content { elements.count } else { 0 }
    }

    var value: JSONValue {
        switch content {
        case .value(let value): value
        case .object(let members):
            JSONValue(.object(members.map { JSONValue.Member($0.name, $0.slot.value) }))
        case .array(let elements): JSONValue(.array(elements.map(\.value)))
        }
    }
}

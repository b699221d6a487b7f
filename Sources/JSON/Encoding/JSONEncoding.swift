/// The text that an encoder and the containers it handed out write together.
final class JSONEncoding {
    var text = JSONTextWriter()

    /// - Parameter depth: how many arrays and objects the value lies in.
    func append<Value: Encodable>(_ value: Value, at depth: Int) throws {
        // The elements of an array come this way; what follows asks the runtime of each what it is.
        if Value.self == String.self {
            // SAFETY: it is one. A cast would ask the runtime.
            return text.append(unsafe unsafeBitCast(value, to: String.self))
        }
        let start = text.bytes.count
        // All collections of the standard library are a reference to their storage: the runtime takes long to tell whether
        // something conforms, and most of what is encoded is larger or smaller.
        if MemoryLayout<Value>.size == MemoryLayout<[String]>.size, let collection = value as? any Elementwise
        {
            try collection.write(to: self, at: depth)
        } else {
            try value.encode(to: JSONTextEncoder(encoding: self, depth: depth))
        }
        text.finish(at: depth, from: start)
    }
}

/// A collection that is written without a container in between for its elements.
private protocol Elementwise {
    func write(to encoding: JSONEncoding, at depth: Int) throws
}

extension Array: Elementwise where Element: Encodable {
    fileprivate func write(to encoding: JSONEncoding, at depth: Int) throws {
        if Element.self == String.self {
            // SAFETY: it is one. A cast would look at each element.
            return encoding.text.append(unsafe unsafeBitCast(self, to: [String].self), at: depth)
        }
        encoding.text.resume(.array, at: depth)
        for element in self {
            encoding.text.next(at: depth + 1)
            try encoding.append(element, at: depth + 1)
        }
    }
}

/// It would encode its members in an order that differs from process to process.
extension Dictionary: Elementwise where Key == String, Value: Encodable {
    fileprivate func write(to encoding: JSONEncoding, at depth: Int) throws {
        encoding.text.resume(.object, at: depth)
        for (name, value) in sorted(by: { $0.key < $1.key }) {
            encoding.text.next(name, at: depth + 1)
            try encoding.append(value, at: depth + 1)
        }
    }
}

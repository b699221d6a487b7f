/// Listening sockets that the service manager passed, each until somebody takes it.
package struct ListeningSockets: ~Copyable, Sendable {
    private var descriptors: [String: CInt] = [:]
    /// How many things were passed that are no listening Unix stream sockets with a path.
    package internal(set) var refused = 0

    package init() {}

    deinit { for raw in descriptors.values { _ = Descriptor(adopting: raw) } }

    mutating func add(_ descriptor: consuming Descriptor, at path: String) {
        if let earlier = descriptors.updateValue(descriptor.release(), forKey: path) {
            _ = Descriptor(adopting: earlier)
        }
    }

    /// The socket whose file is at `path`.
    package mutating func take(_ path: String) -> Descriptor? {
        guard let raw = descriptors.removeValue(forKey: path) else { return nil }
        return Descriptor(adopting: raw)
    }

    /// Paths of those nobody has taken.
    package var paths: [String] { descriptors.keys.sorted() }
}

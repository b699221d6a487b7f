import Dispatch
import GRDB
import Synchronization

/// Connections for look-ups, which wait on their callers' threads. Each has a cache of its own; the one used last is taken
/// first, and whoever finds none free waits, for microseconds.
final class LookupConnections: Sendable {
    private static let most = 8

    private let path: String
    private let configuration: Configuration
    private let idle = Mutex<[DatabaseQueue]>([])
    private let free = DispatchSemaphore(value: most)

    /// - Parameter configuration: of each connection; writing is not allowed on any.
    init(path: String, _ configuration: Configuration) {
        self.path = path
        self.configuration = configuration
    }

    /// Runs `body` outside of any transaction: each of its statements sees what was committed last. Blocks.
    func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
        free.wait()
        defer { free.signal() }
        let connection =
            try idle.withLock { $0.popLast() } ?? DatabaseQueue(path: path, configuration: configuration)
        defer { idle.withLock { $0.append(connection) } }
        return try connection.unsafeRead(body)
    }
}

import NIOCore
import Synchronization

/// Ends a connection from elsewhere than its reader, and tells the reader why.
final class Abort: Sendable {
    private let channel: any Channel
    private let cause = Mutex<(any Error)?>(nil)

    init(_ channel: any Channel) {
        self.channel = channel
    }

    func callAsFunction(because error: any Error) {
        cause.withLock { $0 = $0 ?? error }
        channel.close(promise: nil)
    }

    /// Runs the reader's `body`; a connection lost because of an abort is thrown as that abort's cause.
    func explaining<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let error as ConnectionLost {
            throw cause.withLock { $0 } ?? error
        }
    }

    /// Runs `body`, which feeds the connection; if it fails, the connection is aborted with its error.
    func feeding<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch {
            self(because: error)
            throw error
        }
    }
}

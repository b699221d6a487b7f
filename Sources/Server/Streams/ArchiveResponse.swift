import Archives
import HummingbirdCore
import Linux
import Model

extension Response {
    /// An answer whose body is an archive that the engine writes on a thread of its own. What is wrong before its first byte
    /// is still answered as a problem.
    ///
    /// - Parameter write: blocks as long as nobody reads; cancelled when nobody will.
    static func archive(
        _ call: Call, type: String, _ write: @escaping @Sendable (ByteHandover) async throws(Failure) -> Void
    ) async throws -> Response {
        let permit = try call.connection.takeArchive()
        let handover = ByteHandover()
        // Outlives this function: it ends with the reader, which the answer's body holds.
        let writing = Task(executorPreference: BlockingPool.archives) {
            do throws(Failure) {
                try await write(handover)
                handover.finish(.success(()))
            } catch {
                handover.finish(.failure(error))
            }
        }
        let reader = HandoverReader(handover) { writing.cancel() }
        let first = try await reader.next()
        return .stream(call, type: type, permit: permit) { stream, writer in
            var chunk = first
            while let bytes = chunk {
                try await stream.write(bytes, to: &writer)
                chunk = try await reader.next()
            }
        }
    }
}

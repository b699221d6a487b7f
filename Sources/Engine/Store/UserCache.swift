import Model
import Sandbox
import Synchronization

/// Who users are in root file systems that were looked into. Layers never change, and their numbers are never
/// used again, so an answer holds for good.
final class UserCache: Sendable {
    struct Question: Hashable, Sendable {
        /// As a pipeline or an image names the user; may be empty.
        let user: String
        /// The root file system's, in order.
        let layers: [LayerID]
    }

    private let known = Mutex<[Question: StepUser]>([:])
    private static let most = 1024

    func answer(
        _ question: Question, _ find: () async throws(Failure) -> StepUser
    ) async throws(Failure) -> StepUser {
        if let user = known.withLock({ $0[question] }) { return user }
        let user = try await find()
        known.withLock { known in
            if known.count >= Self.most { known = [:] }
            known[question] = user
        }
        return user
    }
}

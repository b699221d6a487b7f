import Layers
import Model
import SystemPackage

extension Failure {
    /// An error of whatever kind, met while trying to do `action` (an infinitive: "open the store").
    static func wrapping(_ error: any Error, to action: String) -> Failure {
        switch error {
        case let failure as Failure: failure
        case let error as Errno: storage(error, action)
        case is CancellationError:
            Failure(.cancelled, "cancelled: \(action)", fix: "start it again when you want it")
        default:
            Failure(.internalError, "cannot \(action): \(error)", fix: "report this with the daemon's log")
        }
    }
}

import Linux
import Model
import SystemPackage

extension PeerRoot {
    /// Opens what the caller means by an absolute path, with his rights and from his root, and says in words
    /// why it can't.
    ///
    /// - Throws: `bad-path`, `caller-unreachable`.
    func open<Handle: ~Copyable>(
        path: String, _ body: ([UInt8]) async throws -> sending Handle
    ) async throws(Failure) -> sending Handle {
        guard path.hasPrefix("/") else {
            throw Failure(
                .badPath, "‘\(path)’ is no absolute path",
                fix: "give the path from the root, beginning with ‘/’")
        }
        do {
            return try await body(Array(path.utf8))
        } catch let error as Errno {
            throw Failure.opening(path, error)
        } catch {
            throw Failure.wrapping(error, to: "open \(path)")
        }
    }
}

extension Failure {
    fileprivate static func opening(_ path: String, _ error: Errno) -> Failure {
        switch error {
        case .noSuchFileOrDirectory:
            Failure(.badPath, "\(path) is not there, as the caller sees it", fix: "check the path")
        case .notDirectory:
            Failure(.badPath, "\(path) is no directory", fix: "name the directory itself")
        case .permissionDenied, .notPermitted:
            Failure(
                .badPath, "\(path) may not be read by the caller",
                fix: "change its permissions, or call as its owner")
        case .noSuchProcess, .staleNFSFileHandle:
            Failure(
                .callerUnreachable, "the caller's own view of \(path) can't be had",
                fix: "upload the content instead")
        default:
            Failure(.badPath, "\(path) can't be opened: \(error)", fix: "check the path and its permissions")
        }
    }
}

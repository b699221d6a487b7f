import API
import Engine
import HummingbirdCore
import Linux
import Model

extension SnapshotRoutes {
    /// A path of a result as a tar stream.
    @Sendable func files(_ call: Call) async throws -> Response {
        let id = try call.identifier(of: .snapshot)
        guard let path = call.query[.path], !path.isEmpty else {
            throw Failure(
                .badRequest, "the query parameter ‘path’ is missing",
                fix: "give a path from the root, or one from the workspace without a slash in front")
        }
        let (revision, deltaOnly, reach) = (try revision(call), try isDeltaOnly(call), try call.reach)
        return try await .archive(call, type: MediaType.tar) { [engine] archive throws(Failure) in
            try await engine.files(
                of: id, path: path, revision: revision, deltaOnly: deltaOnly, in: reach, to: archive)
        }
    }

    private func revision(_ call: Call) throws(Failure) -> Digest? {
        guard let text = call.query[.revision] else { return nil }
        guard let digest = Digest(hex: text) else {
            throw Failure(
                .badRequest, "the query parameter ‘revision’ is no digest",
                fix: "give 64 hex digits, or leave it out")
        }
        return digest
    }

    private func isDeltaOnly(_ call: Call) throws(Failure) -> Bool {
        switch call.query[.view] {
        case nil: return false
        case "delta": return true
        case let other?:
            throw Failure(
                .badRequest,
                "the query parameter ‘view’ is ‘\(EntryPath.printable(Array(other.utf8.prefix(100))))’",
                fix: "give delta, or leave it out")
        }
    }
}

package import Catalog
import Logging
package import Model

extension Engine {
    /// Takes note of a creating request that carries a key, for 24 hours.
    ///
    /// - Parameter fingerprint: of all that was asked for. Only what it comes to under the store's key is kept: there may be
    ///   values in it that a copy of the store is not to give away to who guesses them.
    package func remember(
        key: String, fingerprint: Digest, scope: Scope
    ) async throws(Failure) -> RememberedRequest {
        let kept = environmentKey.hash(name: "request", value: fingerprint.hex)
        return try await catalog.remember(key: key, fingerprint: kept, scope: scope, now: now())
    }

    /// Keeps the answer a repetition gets. The request is done whether that succeeds or not: if not, a
    /// repetition finds its key taken and no answer.
    package func keep(answer: String, key: String, scope: Scope) async {
        await tell(key: key, scope: scope, response: answer)
    }

    /// Lets a request that failed be tried anew under its key.
    package func forget(key: String, scope: Scope) async {
        await tell(key: key, scope: scope, response: nil)
    }

    private func tell(key: String, scope: Scope, response: String?) async {
        do throws(Failure) {
            try await catalog.answer(key: key, scope: scope, response: response)
        } catch {
            logger.error(
                "what became of a request could not be remembered",
                metadata: ["key": "\(key)", "scope": "\(scope)", "error": "\(error.detail)"])
        }
    }
}

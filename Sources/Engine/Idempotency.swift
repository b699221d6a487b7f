package import Catalog
import Logging
package import Model

extension Engine {
    /// Takes note of a creating request that carries a key, for 24 hours.
    package func remember(
        key: String, fingerprint: Digest, scope: Scope
    ) async throws(Failure) -> RememberedRequest {
        try await catalog.remember(key: key, fingerprint: fingerprint, scope: scope, now: now())
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

package import Catalog
package import Model

extension Engine {
    /// Takes note of a creating request that carries a key, for 24 hours.
    package func remember(
        key: String, fingerprint: Digest, scope: Scope
    ) async throws(Failure) -> RememberedRequest {
        try await catalog.remember(key: key, fingerprint: fingerprint, scope: scope, now: now())
    }

    /// The answer a repetition gets; nil for a request that failed and may be tried anew.
    package func answer(key: String, scope: Scope, response: String?) async throws(Failure) {
        try await catalog.answer(key: key, scope: scope, response: response)
    }
}

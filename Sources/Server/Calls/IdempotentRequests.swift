import API
import Catalog
import Engine
import HTTPTypes
import HummingbirdCore
import Model

/// Gives a creating request that is sent again with the same `Idempotency-Key` the answer of the first.
///
/// Failures are not kept: the request may be tried again under its key. What was done and could not be
/// remembered is not done again: a repetition is told that the outcome is not known.
struct IdempotentRequests: Sendable {
    private let engine: Engine
    private let turns = KeyedTurns<Identity>()

    private struct Identity: Hashable, Sendable {
        let scope: Scope
        let key: String
    }

    init(engine: Engine) { self.engine = engine }

    /// - Parameter content: the digest of the body.
    /// - Throws: `idempotency-mismatch` when the key came with another request, `conflict` when what became of the first is not
    ///   known, and what `make` throws.
    func answer(
        _ call: Call, content: Digest, _ make: () async throws -> Answer
    ) async throws -> Answer {
        guard let key = try key(of: call) else { return try await make() }
        let identity = Identity(scope: call.caller.scope, key: key)
        let fingerprint = fingerprint(of: call, content)
        let result: Result<Answer, any Error> = await turns.withTurn(identity) {
            do {
                return .success(try await answer(identity, fingerprint, make))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private func answer(
        _ identity: Identity, _ fingerprint: Digest, _ make: () async throws -> Answer
    ) async throws -> Answer {
        let (key, scope) = (identity.key, identity.scope)
        switch try await engine.remember(key: key, fingerprint: fingerprint, scope: scope) {
        case .repeated(response: let response?):
            guard let answer = Answer(remembered: response) else { throw unknownOutcome(key) }
            return answer
        case .repeated(response: nil):
            // Nobody in this life of the daemon has the turn but us.
            throw unknownOutcome(key)
        case .mismatch:
            throw Failure(
                .idempotencyMismatch, "the Idempotency-Key ‘\(key)’ came with another request before",
                fix: "use a new key for every new request")
        case .new: break
        }
        let answer: Answer
        do {
            answer = try await make()
        } catch {
            await engine.forget(key: key, scope: scope)
            throw error
        }
        await engine.keep(answer: answer.remembered, key: key, scope: scope)
        return answer
    }

    private func key(of call: Call) throws(Failure) -> String? {
        guard let name = HTTPField.Name(HeaderName.idempotencyKey), let key = call.request.headers[name]
        else {
            return nil
        }
        guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (33...126).contains($0) }) else {
            throw Failure(
                .badRequest, "the Idempotency-Key is not usable",
                fix: "give 1 to 255 printable ASCII characters without blanks")
        }
        return key
    }

    private func fingerprint(of call: Call, _ content: Digest) -> Digest {
        var hasher = FieldHasher(domain: "varve request")
        hasher.add("method", call.request.method.rawValue)
        hasher.add("path", call.request.uri.string)
        hasher.add("content", content)
        return hasher.finalize()
    }

    private func unknownOutcome(_ key: String) -> Failure {
        Failure(
            .conflict,
            "what became of the first request with the Idempotency-Key ‘\(key)’ is not known",
            fix: "look whether it had an effect, and send it with a new key if not")
    }
}

extension Answer {
    /// The status, a blank, and the JSON.
    fileprivate var remembered: String { "\(status.code) " + String(decoding: bytes, as: UTF8.self) }

    fileprivate init?(remembered text: String) {
        let parts = text.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, let code = Int(parts[0]) else { return nil }
        self.init(status: HTTPResponse.Status(code: code), type: MediaType.json, bytes: Array(parts[1].utf8))
    }
}

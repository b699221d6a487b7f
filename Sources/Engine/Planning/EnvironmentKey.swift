import Crypto
import Foundation
import Model

/// Hashes environment values under a key of the store, so that what is kept of them tells equal from
/// different and nothing else.
struct EnvironmentKey: Sendable {
    private let key: SymmetricKey

    init(_ bytes: [UInt8]) { key = SymmetricKey(data: bytes) }

    func hash(name: String, value: String) -> Model.Digest {
        var code = HMAC<SHA256>(key: key)
        code.update(data: Data("\(name.utf8.count):\(name)=\(value)".utf8))
        return Model.Digest(of: Array(code.finalize()))
    }
}

import Model

/// One thing that was found in a store, and what was done or can be done about it.
package struct StoreFinding: Sendable, Hashable {
    package enum Severity: Sendable, Hashable {
        case fine
        /// Worth a look; or damage that has just been mended.
        case warning
        case failed
    }

    /// `catalog`, `layers`, `folders` or `leftovers`.
    package var check: String
    package var severity: Severity
    package var detail: String
    package var fix: String?

    static func fine(_ check: String, _ detail: String) -> StoreFinding {
        StoreFinding(check: check, severity: .fine, detail: detail)
    }

    static func warning(_ check: String, _ detail: String, fix: String? = nil) -> StoreFinding {
        StoreFinding(check: check, severity: .warning, detail: detail, fix: fix)
    }

    static func failed(_ check: String, _ detail: String, fix: String) -> StoreFinding {
        StoreFinding(check: check, severity: .failed, detail: detail, fix: fix)
    }

    static func failed(_ check: String, _ failure: Failure) -> StoreFinding {
        failed(check, failure.detail, fix: failure.fix)
    }

    /// A few of many, in words.
    static func some(_ names: [String]) -> String {
        let few = names.prefix(8).joined(separator: ", ")
        return names.count > 8 ? "\(few) and \(names.count - 8) more" : few
    }
}

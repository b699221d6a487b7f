package import Model

extension Wire {
    /// A failure as `application/problem+json` (RFC 9457), with `code` and `fix` beside its members.
    package struct Problem: Codable, Hashable, Sendable {
        /// `about:blank`: the status and the code say what kind of problem it is.
        package var type: String
        /// The status in words.
        package var title: String
        package var status: Int
        package var detail: String
        package var code: String
        package var fix: String

        package init(_ failure: Failure) {
            let status = failure.code.status
            type = "about:blank"
            title = status.reasonPhrase
            self.status = status.rawValue
            detail = Wire.Problem.bounded(failure.detail)
            code = failure.code.rawValue
            fix = failure.fix
        }

        /// The failure; a code this build does not know becomes `bad-request` or `internal`, with the code in
        /// the detail.
        package var failure: Failure {
            if let known = FailureCode(rawValue: code) { return Failure(known, detail, fix: fix) }
            return Failure(status < 500 ? .badRequest : .internalError, "\(code): \(detail)", fix: fix)
        }
    }
}

extension Wire.Problem {
    /// The media type of a problem.
    package static let mediaType = "application/problem+json"

    /// What a request said is repeated no longer than one reads it.
    private static func bounded(_ text: String) -> String {
        guard text.utf8.count > longest else { return text }
        return String(text.unicodeScalars.prefix(longest)) + "…"
    }

    private static let longest = 4000
}

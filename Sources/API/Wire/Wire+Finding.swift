extension Wire {
    /// One thing that was looked at, and what to do about it.
    package struct Finding: Codable, Hashable, Sendable {
        /// `overlay`, `space`, …
        package var check: String
        package var status: Status
        /// What was found, as one sentence.
        package var detail: String
        /// What to do about it; nil if all is well.
        package var fix: String?

        package init(check: String, status: Status, detail: String, fix: String? = nil) {
            self.check = check
            self.status = status
            self.detail = detail
            self.fix = fix
        }

        private enum CodingKeys: String, CodingKey {
            case check, status, detail, fix
        }
    }
}

extension Wire.Finding {
    /// The worst last.
    package enum Status: String, Codable, Hashable, Sendable, CaseIterable, Comparable {
        case ok, warning, failed

        package static func < (left: Status, right: Status) -> Bool {
            (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
        }
    }
}

import Model

/// The value of one setting.
enum SettingValue: Hashable, Sendable {
    case text(String)
    case list([String])
    case integer(Int64)
    case size(ByteSize)

    /// - Parameters:
    ///   - text: as on the command line; a list's elements are separated by commas.
    ///   - place: where it was found, for the message.
    /// - Throws: `configuration-invalid`.
    init(_ text: String, of setting: Setting, at place: String) throws(Failure) {
        switch setting.kind {
        case .text: self = .text(text)
        case .list: self = .list(text.split(separator: ",").map(String.init))
        case .integer(let range):
            guard let number = Int64(text) else { throw setting.misfit("‘\(text)’", at: place) }
            self = try .integer(SettingValue.checked(number, in: range, setting, place))
        case .size:
            guard let size = ByteSize(text) else { throw setting.misfit("‘\(text)’", at: place) }
            self = .size(size)
        }
        try check(setting, place)
    }

    /// What every text must be.
    func check(_ setting: Setting, _ place: String) throws(Failure) {
        let texts: [String] =
            switch self {
            case .text(let text): [text]
            case .list(let texts): texts
            case .integer, .size: []
            }
        if texts.contains(where: { $0.isEmpty || $0.unicodeScalars.contains { $0.value < 32 } }) {
            throw setting.misfit("an empty text or one with control characters", at: place)
        }
    }

    static func checked(
        _ number: Int64, in range: ClosedRange<Int64>, _ setting: Setting, _ place: String
    ) throws(Failure) -> Int64 {
        guard range.contains(number) else { throw setting.misfit("\(number)", at: place) }
        return number
    }

    /// As TOML.
    var toml: String {
        switch self {
        case .text(let text): SettingValue.quoted(text)
        case .list(let texts): "[" + texts.map(SettingValue.quoted).joined(separator: ", ") + "]"
        case .integer(let number): "\(number)"
        case .size(let size): SettingValue.quoted(size.spelling)
        }
    }

    private static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}

extension Setting {
    /// What is wrong with a value, and what would be right.
    func misfit(_ found: String, at place: String) -> Failure {
        let wanted =
            switch kind {
            case .text: "a text"
            case .list: "a list of texts"
            case .integer(let range): "an integer from \(range.lowerBound) to \(range.upperBound)"
            case .size: "bytes, or a text such as \"2GiB\""
            }
        return Failure(
            .configurationInvalid, "\(place): \(rawValue) is \(found)",
            fix: "give \(wanted): \(summary.lowercasedFirst)")
    }
}

extension ByteSize {
    /// The shortest spelling that reads back as the same size.
    fileprivate var spelling: String {
        for (unit, shift) in [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)]
        where bytes > 0 && bytes % (1 << shift) == 0 {
            return "\(bytes >> shift)\(unit)"
        }
        return "\(bytes)"
    }
}

extension String {
    fileprivate var lowercasedFirst: String { prefix(1).lowercased() + dropFirst() }
}

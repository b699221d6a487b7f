extension Wire {
    /// Which rules say what is left out of a revision: `"git"`, `"none"`, or a list of patterns.
    package enum Ignore: Hashable, Sendable {
        /// `.gitignore` at every level, `.git/info/exclude`, and `.varveignore`.
        case git
        case none
        case patterns([String])
    }
}

extension Wire.Ignore: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let word = try? container.decode(String.self) else {
            self = .patterns(try container.decode([String].self))
            return
        }
        switch word {
        case "git": self = .git
        case "none": self = .none
        default:
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "expected \"git\", \"none\" or a list of patterns")
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .git: try container.encode("git")
        case .none: try container.encode("none")
        case .patterns(let patterns): try container.encode(patterns)
        }
    }
}

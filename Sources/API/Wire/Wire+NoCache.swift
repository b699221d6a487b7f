package import Model

extension Wire {
    /// Which steps look for no snapshot: `true` for all, or a list of keys.
    package enum NoCache: Hashable, Sendable {
        case all
        case steps([StepKey])
    }
}

extension Wire.NoCache: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let all = try? container.decode(Bool.self) {
            self = all ? .all : .steps([])
        } else {
            self = .steps(try container.decode([StepKey].self))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .all: try container.encode(true)
        case .steps(let steps): try container.encode(steps)
        }
    }
}

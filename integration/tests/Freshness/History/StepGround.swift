/// What a step finds for certain in its workspace, on every revision, because all sources have it or an
/// ancestor made it.
struct StepGround {
    enum Kind: Equatable {
        /// Known: the content is what the lineage wrote, or a file whose content the lineage's deltas stand on.
        case file(isKnown: Bool)
        case link
        case directory
    }

    private(set) var entries = SourceNames.kept

    /// Nothing is certain behind a step that looks at the source.
    static let nothing = StepGround(entries: [:])

    /// Where an entry can be made: at names whose directory is there.
    var places: [String] {
        SourceNames.free.filter { path in
            !path.contains("/") || entries["lib"] == .directory
        } + (entries["lib"] == .directory ? ["lib/kept"] : []) + ["kept"]
    }

    var files: [String] { paths { if case .file = $0 { true } else { false } } }
    var knownFiles: [String] { paths { $0 == .file(isKnown: true) } }
    var directories: [String] { paths { $0 == .directory } }
    var all: [String] { paths { _ in true } }

    subscript(path: String) -> Kind? { entries[path] }

    /// The entry is now this, and nothing below it is certain any more.
    mutating func set(_ path: String, _ kind: Kind?) {
        entries = entries.filter { !$0.key.hasPrefix(path + "/") }
        entries[path] = kind
    }

    private func paths(where matches: (Kind) -> Bool) -> [String] {
        entries.filter { matches($0.value) }.keys.sorted()
    }
}

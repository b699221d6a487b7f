import Foundation
import TestSupport

/// One state of a project's directory, and how to bring the directory from one state to another.
///
/// Some names come and go and are now this, now that (`SourceNames.free`). Others are in every state and stay
/// what they are, a file or a directory (`SourceNames.kept`): a step can rely on them without looking.
struct SourceState: Equatable {
    indirect enum Node: Equatable {
        case file(String, mode: Int)
        case link(String)
        case directory(mode: Int, [String: Node])
    }

    private(set) var mode = 0o755
    private(set) var entries: [String: Node] = [:]

    init(using random: inout SplitMix) {
        for name in SourceNames.topLevel where random.chance(60) {
            entries[name] = Self.node(depth: 0, using: &random)
        }
        entries["kept"] = Self.file(using: &random)
        var library: [String: Node] = ["kept": Self.file(using: &random)]
        for name in SourceNames.inLibrary where random.chance(60) {
            library[name] = Self.node(depth: 1, using: &random)
        }
        entries["lib"] = .directory(mode: 0o755, library)
    }

    /// The state after a few edits.
    func edited(using random: inout SplitMix) -> SourceState {
        var state = self
        for _ in 0..<Int.random(in: 1...2, using: &random) { state.edit(using: &random) }
        if random.chance(4) { state.mode = state.mode == 0o755 ? 0o700 : 0o755 }
        return state
    }

    private mutating func edit(using random: inout SplitMix) {
        switch Int.random(in: 0..<10, using: &random) {
        case 0...4:
            let name = SourceNames.topLevel.randomElement(using: &random) ?? "a"
            entries[name] = Self.edited(entries[name], depth: 0, using: &random)
        case 5: entries["kept"] = Self.file(using: &random)
        default:
            guard case .directory(let mode, var library)? = entries["lib"] else { return }
            let name = random.one(of: "x", "x", "y", "y", "kept")
            library[name] =
                name == "kept"
                ? Self.file(using: &random) : Self.edited(library[name], depth: 1, using: &random)
            entries["lib"] = .directory(
                mode: random.chance(15) ? (mode == 0o755 ? 0o750 : 0o755) : mode, library)
        }
    }

    private static func edited(_ node: Node?, depth: Int, using random: inout SplitMix) -> Node? {
        switch node {
        case .directory(let mode, var inner)? where random.chance(60):
            let name = random.one(of: "x", "y")
            inner[name] = edited(inner[name], depth: depth + 1, using: &random)
            return .directory(mode: random.chance(90) ? mode : 0o711, inner)
        case .file(let text, let mode)? where random.chance(30):
            return .file(text, mode: mode == 0o644 ? 0o755 : 0o644)
        case .some where random.chance(35): return nil
        default: return self.node(depth: depth, using: &random)
        }
    }

    private static func node(depth: Int, using random: inout SplitMix) -> Node {
        switch Int.random(in: 0..<10, using: &random) {
        case 0...2 where depth < 2:
            var inner: [String: Node] = [:]
            for name in ["x", "y"] where random.chance(60) {
                inner[name] = node(depth: depth + 1, using: &random)
            }
            return .directory(mode: random.chance(80) ? 0o755 : 0o700, inner)
        case 3: return .link(random.one(of: "kept", "lib", "nowhere"))
        default: return file(using: &random)
        }
    }

    private static func file(using random: inout SplitMix) -> Node {
        .file(
            "source \(Int.random(in: 0..<6, using: &random))\n",
            mode: random.chance(70) ? 0o644 : random.one(of: 0o755, 0o600))
    }

    // MARK: - On disk

    /// Makes `path`, a directory in the state `old`, one in this state, and touches only what differs.
    func write(to path: String, over old: SourceState?) throws {
        try Self.write(entries, to: path, over: old?.entries ?? [:])
        if mode != old?.mode { try Self.chmod(path, mode) }
    }

    private static func write(
        _ entries: [String: Node], to directory: String, over old: [String: Node]
    ) throws {
        let files = FileManager.default
        for name in Set(entries.keys).union(old.keys).sorted() where entries[name] != old[name] {
            let path = directory + "/" + name
            switch (entries[name], old[name]) {
            case (.directory(let mode, let inner)?, .directory(let oldMode, let oldInner)?):
                try write(inner, to: path, over: oldInner)
                if mode != oldMode { try chmod(path, mode) }
                continue
            case (.file(let text, let mode)?, .file(let oldText, _)?) where text == oldText:
                try chmod(path, mode)
                continue
            case (_, .some): try files.removeItem(atPath: path)
            case (_, nil): break
            }
            switch entries[name] {
            case .file(let text, let mode)?:
                try Data(text.utf8).write(to: URL(fileURLWithPath: path))
                try chmod(path, mode)
            case .link(let target)?: try files.createSymbolicLink(atPath: path, withDestinationPath: target)
            case .directory(let mode, let inner)?:
                try files.createDirectory(atPath: path, withIntermediateDirectories: false)
                try write(inner, to: path, over: [:])
                try chmod(path, mode)
            case nil: break
            }
        }
    }

    private static func chmod(_ path: String, _ mode: Int) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }
}

/// The names random sources and random steps share, few enough to meet often.
enum SourceNames {
    static let topLevel = ["a", "b", "c"]
    static let inLibrary = ["x", "y"]
    /// May be anything, or absent.
    static let free = topLevel + inLibrary.map { "lib/" + $0 }
    /// In every state, and never a link.
    static let kept: [String: StepGround.Kind] = [
        "kept": .file(isKnown: false), "lib": .directory, "lib/kept": .file(isKnown: false),
    ]
}

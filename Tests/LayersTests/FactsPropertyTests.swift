import Layers
import Linux
import Model
import SystemPackage
import TestSupport
import Testing

/// The rule of validity: where all facts of a lineage hold in another revision, its deltas over that
/// revision are what running its steps there from scratch leaves.
@Suite struct FactsPropertyTests {
    @Test func `deltas whose facts hold equal a run from scratch, squashed or not`() throws {
        let fixture = try LayersFixture()
        var generator = RevisionGenerator(seed: 4711)
        var (held, refused) = (0, 0)
        for round in 0..<300 {
            let first = generator.source()
            let second = generator.edited(first)
            let revision = try fixture.layer(first)
            var deltas: [LayerReference] = []
            var facts: [Fact] = []
            var steps: [[StepOperation]] = []
            for _ in 0..<Int.random(in: 1...3, using: &generator.random) {
                var operations: [StepOperation] = []
                let committed = try fixture.workspaceStep(on: deltas + [revision], revision: first.manifest) {
                    root in
                    operations = try generator.step(in: root)
                }
                deltas = committed.deltaAbove(deltas)
                facts += committed.facts.facts
                steps.append(operations)
            }
            guard facts.allSatisfy({ $0.holds(in: second.manifest) }) else {
                refused += 1
                continue
            }
            held += 1
            let flat = try fixture.scratch("flat\(round)")
            try second.write(to: flat)
            for operation in steps.joined() { try operation.apply(to: flat) }
            let newer = try fixture.layer(second)
            let scratch = try TreeListing(of: flat).without(times: true, links: true)
            let cached = try fixture.listing(deltas + [newer]).without(times: true, links: true)
            #expect(cached.differences(from: scratch) == [], "round \(round): \(steps)")
            if deltas.count > 1 {
                let squashed = try fixture.store.squash(
                    deltas.map(\.id), over: [revision], as: fixture.number())
                let merged = try fixture.listing([LayerReference(squashed), newer]).without(
                    times: true, links: true)
                #expect(merged.differences(from: scratch) == [], "round \(round), squashed: \(steps)")
            }
        }
        // Neither verdict is rare, or this would prove nothing.
        #expect(held > 60)
        #expect(refused > 60)
    }
}

/// Random revisions, edits of them, and steps whose result depends only on what they also write.
private struct RevisionGenerator {
    var random: SplitMix
    private var count = 0

    init(seed: UInt64) { random = SplitMix(seed: seed) }

    private static let names = ["a", "b", "c", "d"]

    mutating func source() -> SourceTree { SourceTree(entries(depth: 0)) }

    private mutating func entries(depth: Int) -> [String: SourceTree.Node] {
        var entries: [String: SourceTree.Node] = [:]
        for name in Self.names where random.chance(60) { entries[name] = node(depth: depth) }
        return entries
    }

    private mutating func node(depth: Int) -> SourceTree.Node {
        switch Int.random(in: 0..<10, using: &random) {
        case 0...3 where depth < 2:
            return .directory(mode: random.chance(80) ? 0o755 : 0o700, entries(depth: depth + 1))
        case 4: return .link("target \(Int.random(in: 0..<3, using: &random))")
        default:
            return .file(
                "content \(Int.random(in: 0..<9, using: &random))", mode: random.chance(70) ? 0o644 : 0o755)
        }
    }

    /// The tree with a few entries added, changed, removed or of another kind.
    mutating func edited(_ tree: SourceTree) -> SourceTree {
        var tree = tree
        tree.time += 50
        for _ in 0..<Int.random(in: 1...2, using: &random) { tree.entries = edited(tree.entries, depth: 0) }
        if random.chance(4) { tree.mode = 0o700 }
        return tree
    }

    private mutating func edited(
        _ entries: [String: SourceTree.Node], depth: Int
    ) -> [String: SourceTree.Node] {
        var entries = entries
        let name = Self.names.randomElement(using: &random) ?? "a"
        if case .directory(let mode, let inner)? = entries[name], random.chance(75) {
            entries[name] = .directory(
                mode: random.chance(95) ? mode : 0o711, edited(inner, depth: depth + 1))
        } else if random.chance(30) {
            entries[name] = nil
        } else if case .file(let text, let mode)? = entries[name], random.chance(40) {
            entries[name] = .file(text, mode: mode == 0o644 ? 0o755 : 0o644)
        } else {
            entries[name] = node(depth: depth)
        }
        return entries
    }

    /// Does a few things in `root`, and says which.
    ///
    /// What leaves no trace leaves no fact, so nothing is made and removed again in one step.
    mutating func step(in root: borrowing Directory) throws -> [StepOperation] {
        var done: [StepOperation] = []
        var touched: [String] = []
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            guard let operation = operation(in: try TreeSketch(of: root)) else { continue }
            let isDestructive =
                switch operation {
                case .delete, .recreate, .move: true
                default: false
                }
            let meets = operation.paths.contains { path in
                touched.contains { $0 == path || $0.hasPrefix(path + "/") || path.hasPrefix($0 + "/") }
            }
            if isDestructive && meets { continue }
            try operation.apply(to: root)
            done.append(operation)
            touched += operation.paths
        }
        return done
    }

    private mutating func operation(in tree: TreeSketch) -> StepOperation? {
        count += 1
        let text = "step \(count)"
        let anything = (tree.files + tree.links + tree.directories).randomElement(using: &random)
        let file = tree.singleFiles.randomElement(using: &random)
        let new = newPath(in: tree)
        switch Int.random(in: 0..<14, using: &random) {
        case 0, 1: return new.map { .write($0, text) }
        case 2: return file.map { .write($0, text) }
        case 3: return file.map { .append($0, text) }
        case 4, 5: return anything.map { .delete($0) }
        case 6: return file.flatMap { file in new.map { .move(file, $0) } }
        case 7: return new.map { .symlink(text, $0) }
        case 8: return new.map { .makeDirectory($0) }
        case 9: return tree.directories.randomElement(using: &random).map { .recreate($0, text) }
        case 10: return file.flatMap { file in new.map { .hardLink(file, $0) } }
        case 11:
            return (tree.singleFiles + tree.directories).randomElement(using: &random)
                .map { .chmod($0, random.chance(50) ? 0o750 : 0o600) }
        default:
            // A change of mode that is none.
            return (tree.singleFiles + tree.directories).randomElement(using: &random)
                .map { .chmod($0, tree.modes[$0] ?? 0o755) }
        }
    }

    private mutating func newPath(in tree: TreeSketch) -> String? {
        let name = Self.names.randomElement(using: &random) ?? "a"
        let parents = [""] + tree.directories.filter { $0.filter { $0 == "/" }.count < 2 }
        let parent = parents.randomElement(using: &random) ?? ""
        let path = parent.isEmpty ? name : parent + "/" + name
        return tree.contains(path) ? nil : path
    }
}

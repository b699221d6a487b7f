import Linux
import TestSupport

/// Random operations that are possible in a given tree.
struct RandomHistory {
    var random: SplitMix
    private var count = 0

    init(seed: UInt64) { random = SplitMix(seed: seed) }

    /// An operation for a tree of that shape; `nil` when the dice want something that is not there.
    mutating func operation(in tree: TreeSketch) -> StepOperation? {
        count += 1
        let text = "text \(count)" + String(repeating: ".", count: Int.random(in: 0..<40, using: &random))
        let new = newPath(in: tree)
        let single = tree.singleFiles.randomElement(using: &random)
        let anything = (tree.files + tree.links + tree.directories).randomElement(using: &random)
        let directory = tree.directories.randomElement(using: &random)
        let singleOrDirectory = (tree.singleFiles + tree.directories).randomElement(using: &random)
        switch Int.random(in: 0..<20, using: &random) {
        case 0...3: return tree.contains(new) ? nil : .write(new, text)
        case 4: return single.map { .write($0, text) }
        case 5, 6: return single.map { .append($0, text) }
        case 7, 8: return anything.map { .delete($0) }
        case 9: return tree.contains(new) ? nil : single.map { .move($0, new) }
        case 10:
            guard let single, let other = tree.files.randomElement(using: &random), other != single
            else { return nil }
            return .move(single, other)
        case 11, 12:
            let mode: UInt32 = [0o755, 0o700, 0o644, 0o4755, 0o2775].randomElement(using: &random) ?? 0o755
            return singleOrDirectory.map { .chmod($0, mode) }
        case 13: return tree.contains(new) ? nil : .symlink(text, new)
        case 14, 15: return tree.contains(new) ? nil : .makeDirectory(new)
        case 16: return directory.map { .recreate($0, text) }
        case 17: return tree.contains(new) ? nil : single.map { .hardLink($0, new) }
        case 18: return singleOrDirectory.map { .setAttribute($0, text) }
        default:
            if random.chance(30), !tree.contains(new) { return .fifo(new) }
            let owned = (tree.singleFiles + tree.directories + tree.links).randomElement(using: &random)
            return owned.map { .chown($0, UInt32.random(in: 0...3, using: &random)) }
        }
    }

    /// A name in some directory, at most four levels down; there may be something of that name.
    private mutating func newPath(in tree: TreeSketch) -> String {
        let name = ["a", "b", "c", "d", "e", "f"].randomElement(using: &random) ?? "a"
        let parents = [""] + tree.directories.filter { $0.filter { $0 == "/" }.count < 3 }
        let parent = parents.randomElement(using: &random) ?? ""
        return parent.isEmpty ? name : parent + "/" + name
    }
}

import Linux
import Model
import SystemPackage

/// Takes out of a layer what an earlier pass put there and the revision, as it came out, does not need.
struct LayerPruning {
    let old: Manifest?
    let new: Manifest

    private struct Frame {
        let old: Manifest.Position?
        let new: Manifest.Position
        var subdirectories: [[UInt8]]
    }

    func run(_ root: SharedDirectory) throws(Errno) {
        var trail = DirectoryTrail(root: root)
        let top = try prune(root.directory, old: old?.root, new: new.root)
        var frames = [top]
        while let frame = frames.last {
            guard let name = frame.subdirectories.last else {
                frames.removeLast()
                if !frames.isEmpty { try trail.pop() }
                continue
            }
            frames[frames.count - 1].subdirectories.removeLast()
            guard let child = new.child(named: name, of: frame.new) else { continue }
            let before = frame.old.flatMap { old?.child(named: name, of: $0) }
            try trail.push(name, SharedDirectory(trail.current.directory.openDirectory(name)))
            frames.append(try prune(trail.current.directory, old: before, new: child))
        }
    }

    private func prune(
        _ directory: borrowing Directory, old oldPosition: Manifest.Position?,
        new newPosition: Manifest.Position
    ) throws(Errno) -> Frame {
        var subdirectories: [[UInt8]] = []
        for name in try directory.entryNames() {
            let before = oldPosition.flatMap { old?.child(named: name, of: $0) }
            let after = new.child(named: name, of: newPosition)
            let status = try directory.status(name)
            guard let after, isNeeded(after, before), kind(after) == status.kind else {
                try directory.removeTree(name)
                continue
            }
            if status.kind == .directory { subdirectories.append(name) }
        }
        return Frame(old: oldPosition, new: newPosition, subdirectories: subdirectories)
    }

    private func isNeeded(_ after: Manifest.Position, _ before: Manifest.Position?) -> Bool {
        guard let before, let old else { return true }
        let (left, right) = (old.nodes[before.index], new.nodes[after.index])
        return left.kind != right.kind || left.mode != right.mode || left.digest != right.digest
    }

    private func kind(_ position: Manifest.Position) -> FileKind {
        switch new.nodes[position.index].kind {
        case .file: .file
        case .link: .link
        case .directory: .directory
        }
    }
}

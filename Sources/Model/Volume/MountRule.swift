/// Which mounts a step can have, whatever its image.
package enum MountRule {
    package enum Problem: Error, Hashable, Sendable {
        case relative(String)
        case notPlain(String)
        case root
        case tooLong(most: Int)
        case nameTooLong
        /// Inside a place that the kernel or Varve fills.
        case reserved(EntryPath, EntryPath)
        /// Above such a place.
        case covering(EntryPath, EntryPath)
        case duplicate(EntryPath, String, String)
        case nested(EntryPath, String, EntryPath, String)
        case sameTitle(String)
        case tooMany(Int)

        package var sentence: String {
            switch self {
            case .relative(let text): "‘\(text)’ is no absolute path"
            case .notPlain(let text): "‘\(text)’ has an empty part, a NUL, or a part that is ‘.’ or ‘..’"
            case .root: "nothing can be mounted on ‘/’ itself"
            case .tooLong(let most): "the path is longer than \(most) bytes"
            case .nameTooLong: "a name in the path is longer than \(longestName) bytes"
            case .reserved(let path, let place):
                "/\(path) is in /\(place), which every step has from elsewhere"
            case .covering(let path, let place):
                "a mount on /\(path) would hide /\(place), which every step has"
            case .duplicate(let path, let one, let other): "/\(path) is a target of \(one) and of \(other)"
            case .nested(let inner, let one, let outer, let other):
                "/\(inner), a target of \(one), is inside /\(outer), a target of \(other)"
            case .sameTitle(let title): "\(title) is mounted twice"
            case .tooMany(let count): "the step has \(count) mounts; at most \(StepMount.most) are taken"
            }
        }

        package var fix: String {
            switch self {
            case .relative, .notPlain:
                "write the whole path as the step sees it, such as /root/.npm or /workspace/target"
            case .root, .reserved, .covering, .tooLong, .nameTooLong: "choose another directory"
            case .duplicate, .nested: "give each mount directories of its own, side by side"
            case .sameTitle: "name it once, with all its ‘paths’ in one list"
            case .tooMany: "use fewer, with more ‘paths’ each"
            }
        }
    }

    /// What a container has from the kernel.
    private static let kernel = places("proc", "sys", "dev")
    /// What every step has of its own, and nobody mounts on or in.
    private static let reserved =
        kernel + places("etc/resolv.conf", "etc/hosts", "etc/hostname", "run/secrets")

    private static func places(_ texts: String...) -> [EntryPath] {
        texts.map { EntryPath(unchecked: Array($0.utf8)) }
    }

    /// Linux' `NAME_MAX`.
    private static let longestName = 255

    /// The place in a step that `written` names.
    ///
    /// - Parameter workspace: where the step's workspace is; there the directories inside can be mounted on. Nil if it is
    ///   the workspace's own place.
    package static func target(_ written: String, workspace: EntryPath?) throws(Problem) -> EntryPath {
        let path = try self.path(written, most: 4000)
        try check(path, workspace: workspace)
        return path
    }

    /// The place in a step that `written` names for somebody who brings his own runtime: he may mount on the files that
    /// every step has.
    package static func point(_ written: String) throws(Problem) -> StepPath {
        let path = try self.path(written, most: 1024)
        try checkNames(of: path)
        for place in kernel where path.isAtOrBelow(place) { throw .reserved(path, place) }
        guard let point = StepPath(path) else { throw .root }
        return point
    }

    /// - Parameter most: how many bytes it may have.
    private static func path(_ written: String, most: Int) throws(Problem) -> EntryPath {
        let shown = EntryPath.printable(Array(written.utf8.prefix(200)))
        guard written.utf8.first == UInt8(ascii: "/") else { throw .relative(shown) }
        guard written.utf8.count <= most else { throw .tooLong(most: most) }
        var bytes = Array(written.utf8.dropFirst())
        if bytes.last == UInt8(ascii: "/"), bytes.count > 1 { bytes.removeLast() }
        guard !bytes.isEmpty else { throw .root }
        guard let path = EntryPath(bytes) else { throw .notPlain(shown) }
        return path
    }

    /// A place that was found by following the image's links is one as well.
    package static func check(_ path: EntryPath, workspace: EntryPath?) throws(Problem) {
        guard !path.isRoot else { throw .root }
        try checkNames(of: path)
        for place in reserved {
            if path.isAtOrBelow(place) { throw .reserved(path, place) }
            if place.isAtOrBelow(path) { throw .covering(path, place) }
        }
        if let workspace, workspace.isAtOrBelow(path) { throw .covering(path, workspace) }
    }

    private static func checkNames(of path: EntryPath) throws(Problem) {
        guard path.components.allSatisfy({ $0.count <= longestName }) else { throw .nameTooLong }
    }

    /// - Parameter places: every target with what is mounted there.
    package static func checkApart(_ places: [(path: EntryPath, title: String)]) throws(Problem) {
        let sorted = places.sorted { $0.path < $1.path }
        for (index, place) in sorted.enumerated() {
            for other in sorted[(index + 1)...] {
                if other.path == place.path { throw .duplicate(place.path, place.title, other.title) }
                if other.path.isAtOrBelow(place.path) {
                    throw .nested(other.path, other.title, place.path, place.title)
                }
            }
        }
    }

    package static func check(_ mounts: [StepMount]) throws(Problem) {
        guard mounts.count <= StepMount.most else { throw .tooMany(mounts.count) }
        var titles: Set<String> = []
        for mount in mounts where !titles.insert(mount.title).inserted { throw .sameTitle(mount.title) }
        try checkApart(
            mounts.flatMap { mount -> [(path: EntryPath, title: String)] in
                if case .secret = mount { return [] }
                return mount.targets.map { ($0, mount.title) }
            })
    }
}

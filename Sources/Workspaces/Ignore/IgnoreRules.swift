import Model

/// Decides, entry by entry on a walk from the root down, what belongs to a revision.
///
/// Pure: the walker reads the files and hands over what they say. Nothing stays out where the request wants
/// everything; otherwise, by rank, highest first:
/// 1. `exclude` of the request.
/// 2. `.varveignore`, deeper ones first (or the request's patterns instead). Its word is final, for files git tracks as well.
/// 3. `.git`, `.hm` and `.varve` stay out.
/// 4. What git tracks stays in.
/// 5. `.gitignore`, deeper ones first, then `.git/info/exclude`; beside them what runs copied out (`outputs`), which any
///    negated pattern brings back in.
///
/// As in git, what lies below an ignored directory can't be brought back in, but what git tracks there is kept. Rules of
/// an outer repository go on applying within a nested one, which protects the files it tracks itself.
package struct IgnoreRules: Sendable {
    /// What the rule files of one directory say.
    package struct Files: Sendable, Hashable {
        package var gitignore: IgnoreList
        package var varveignore: IgnoreList
        /// `.git/info/exclude` of the repository that begins here.
        package var gitExclude: IgnoreList

        package init(
            gitignore: IgnoreList = .empty, varveignore: IgnoreList = .empty, gitExclude: IgnoreList = .empty
        ) {
            self.gitignore = gitignore
            self.varveignore = varveignore
            self.gitExclude = gitExclude
        }

        var bytes: Int { gitignore.bytes + varveignore.bytes + gitExclude.bytes }

        static let none = Files()
    }

    /// How much of a directory belongs to the revision.
    package enum Reach: Sendable, Hashable {
        case everything
        /// The directory is ignored, but git tracks something in it.
        case trackedOnly
        /// Within a `.git` that was brought in.
        case gitDirectory
    }

    /// What becomes of an entry.
    package enum Decision: Sendable, Hashable {
        case leaveOut
        /// For a directory: entered with this reach.
        case keep(Reach)
    }

    /// What git knows of a path.
    package enum Tracking: Sendable, Hashable {
        case untracked
        case file
        /// Something below it is tracked.
        case directory
        /// A repository of its own begins there.
        case submodule
    }

    private struct Level: Sendable {
        /// Where in a path the part below the level's directory begins.
        let base: Int
        let files: Files
    }

    private let request: IgnoreRequest
    private var levels: [Level] = []

    package init(_ request: IgnoreRequest) { self.request = request }

    /// Goes down into a directory; `leave` comes back from it.
    ///
    /// - Parameter pathLength: of the directory's path; 0 for the root.
    package mutating func enter(pathLength: Int, _ files: Files) {
        levels.append(Level(base: pathLength == 0 ? 0 : pathLength + 1, files: files))
    }

    package mutating func leave() { levels.removeLast() }

    /// Of the text of all files that count where the walk is.
    var bytes: Int { levels.reduce(0) { $0 + $1.files.bytes } }

    /// What that may be: in memory patterns take many times as much.
    static let mostBytes = 16 << 20

    /// - Parameters:
    ///   - path: from the root.
    ///   - nameStart: where its last component begins.
    ///   - reach: of the directory it lies in.
    ///   - tracking: asked only where it matters.
    package func decision<Problem: Error>(
        on path: [UInt8], nameStart: Int, isDirectory: Bool, in reach: Reach,
        tracking: () throws(Problem) -> Tracking
    ) throws(Problem) -> Decision {
        if request.source == .everything { return .keep(.everything) }
        let name = path[nameStart...]
        if reach == .gitDirectory, isVolatile(path, nameStart) { return .leaveOut }
        let word = finalWord(on: path, name: name, isDirectory: isDirectory)
        if word == .ignored { return .leaveOut }
        if reach != .trackedOnly {
            if name.elementsEqual(IgnoreRules.gitName) {
                return word == .included ? .keep(.gitDirectory) : .leaveOut
            }
            if word == .included || reach == .gitDirectory { return .keep(reach) }
        }
        if IgnoreRules.ownNames.contains(where: name.elementsEqual) { return .leaveOut }
        let isIgnored =
            reach == .trackedOnly || isLeftOutUnlessTracked(path, name: name, isDirectory: isDirectory)
        guard isIgnored else { return .keep(.everything) }
        switch try tracking() {
        case .untracked: return .leaveOut
        // An index can be behind the tree: what was a file there may be a directory by now, and the other way round.
        case .file: return isDirectory ? .leaveOut : .keep(.everything)
        case .directory: return isDirectory ? .keep(.trackedOnly) : .leaveOut
        case .submodule: return isDirectory ? .keep(.everything) : .leaveOut
        }
    }

    /// What ranks above everything git says.
    private func finalWord(
        on path: [UInt8], name: ArraySlice<UInt8>, isDirectory: Bool
    ) -> IgnoreList.Verdict? {
        if let verdict = request.exclude.verdict(on: path[...], name: name, isDirectory: isDirectory) {
            return verdict
        }
        for level in levels.reversed() where !level.files.varveignore.isEmpty {
            let verdict = level.files.varveignore.verdict(
                on: path[level.base...], name: name, isDirectory: isDirectory)
            if let verdict { return verdict }
        }
        return request.instead.verdict(on: path[...], name: name, isDirectory: isDirectory)
    }

    private func isLeftOutUnlessTracked(_ path: [UInt8], name: ArraySlice<UInt8>, isDirectory: Bool) -> Bool {
        if let verdict = gitVerdict(on: path, name: name, isDirectory: isDirectory) {
            return verdict == .ignored
        }
        return !request.outputs.isEmpty && request.outputs.contains(EntryPath(unchecked: path))
    }

    private func gitVerdict(
        on path: [UInt8], name: ArraySlice<UInt8>, isDirectory: Bool
    ) -> IgnoreList.Verdict? {
        for list in [\Files.gitignore, \Files.gitExclude] {
            for level in levels.reversed() where !level.files[keyPath: list].isEmpty {
                let verdict = level.files[keyPath: list].verdict(
                    on: path[level.base...], name: name, isDirectory: isDirectory)
                if let verdict { return verdict }
            }
        }
        return nil
    }

    /// What git rewrites without a change of the repository, right below a `.git`.
    private func isVolatile(_ path: [UInt8], _ nameStart: Int) -> Bool {
        let above = path[..<max(0, nameStart - 1)]
        let directory = above[(above.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0)...]
        return directory.elementsEqual(IgnoreRules.gitName)
            && IgnoreRules.volatileNames.contains(where: path[nameStart...].elementsEqual)
    }

    static let gitName = Array(".git".utf8)
    static let ownNames = [Array(".hm".utf8), Array(".varve".utf8)]
    static let volatileNames = ["index", "index.lock", "logs", "FETCH_HEAD"].map { Array($0.utf8) }
}

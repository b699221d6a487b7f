import Linux
import Model
import SystemPackage

/// Reads the rule files of one directory, with the caller's rights.
struct RuleReader {
    let request: IgnoreRequest
    let finder: GitDirectoryFinder
    let memory: GitIndexMemory

    struct Loaded {
        var files = IgnoreRules.Files.none
        var repository: GitRepository?
        var record: DirectoryRules
        /// What was read, by name, for whether it has settled.
        var statuses: [(name: String, status: FileStatus)] = []
        var warnings: [Warning] = []
    }

    /// Names that make a directory worth asking.
    static func isRuleName(_ name: [UInt8]) -> Bool {
        // Most names end here.
        guard name.first == UInt8(ascii: "."), name.count == 4 || name.count == 10 || name.count == 12 else {
            return false
        }
        return name.elementsEqual(".git".utf8) || name.elementsEqual(".gitignore".utf8)
            || name.elementsEqual(".varveignore".utf8)
    }

    private var asksGit: Bool { request.source == .git || !request.outputs.isEmpty }

    /// - Parameters:
    ///   - path: of `directory`, from the walk's root.
    ///   - known: what was read there before.
    ///   - settling: for what the index looks like now.
    func read(
        in directory: borrowing Directory, path: [UInt8], known: DirectoryRules?, settling: SettlingRule
    ) throws(Failure) -> Loaded {
        var hasher = FieldHasher(domain: "varve directory rules 1")
        var files = IgnoreRules.Files.none
        var statuses: [(name: String, status: FileStatus)] = []
        var warnings: [Warning] = []
        if request.source == .git {
            files.gitignore = try list(".gitignore", in: directory, at: path, &hasher, &statuses)
            files.varveignore = try list(".varveignore", in: directory, at: path, &hasher, &statuses)
        }
        var repository: GitRepository?
        var index: DirectoryRules.Index?
        if asksGit, let found = finder.find(in: directory, path: path) {
            if request.source == .git, let info = try? found.common.directory.openDirectory("info") {
                files.gitExclude = try list("exclude", in: info, at: path, &hasher, &statuses)
            }
            let base = path.isEmpty ? 0 : path.count + 1
            do {
                let opened = try openIndex(of: found, base: base, known?.index, settling, &statuses)
                repository = opened?.repository
                index = opened?.index
            } catch {
                warnings.append(.gitIndexUnreadable(path, error))
                repository = GitRepository(base: base, directory: nil, index: nil, memory: memory)
            }
        }
        if let index { hasher.add("tracked", index.paths) }
        let record = DirectoryRules(digest: hasher.finalize(), index: index)
        return Loaded(
            files: files, repository: repository, record: record, statuses: statuses, warnings: warnings)
    }

    /// Links are not followed, as git does not.
    private func list(
        _ name: String, in directory: borrowing Directory, at path: [UInt8], _ hasher: inout FieldHasher,
        _ statuses: inout [(name: String, status: FileStatus)]
    ) throws(Failure) -> IgnoreList {
        let place = EntryPath.printable(path + (path.isEmpty ? [] : [UInt8(ascii: "/")]) + Array(name.utf8))
        do throws(Errno) {
            guard let file = try directory.openRegularFile(beneath: name) else { return .empty }
            let bytes = try file.readAll(limit: IgnoreList.mostBytes)
            statuses.append((name, try file.status()))
            hasher.add(name, bytes: bytes)
            if let list = IgnoreList(file: bytes) { return list }
            throw .fileTooLarge
        } catch {
            switch error {
            case .noSuchFileOrDirectory, .tooManySymbolicLinkLevels: return .empty
            case .fileTooLarge:
                throw Failure(
                    .tooLarge, "\(place) has more than 1 MiB or \(IgnoreList.mostPatterns) patterns",
                    fix: "name directories instead of single files in it")
            default:
                throw Failure(
                    .workspaceUnreadable, "the ignore file \(place) can't be read: \(error)",
                    fix: "make it readable for the user who runs this, or leave its directory out")
            }
        }
    }

    private func openIndex(
        of found: GitDirectoryFinder.Found, base: Int, _ known: DirectoryRules.Index?,
        _ settling: SettlingRule, _ statuses: inout [(name: String, status: FileStatus)]
    ) throws -> (repository: GitRepository, index: DirectoryRules.Index)? {
        // Nothing was ever added where there is none.
        guard try found.directory.directory.statusIfPresent("index") != nil else { return nil }
        guard let file = try found.directory.directory.openRegularFile(beneath: "index") else { return nil }
        let status = try file.status()
        statuses.append(("index", status))
        let clock = FileSystemClock(try file.fileSystemStatus().type)
        let signature = FileSignature(
            status, isSettled: settling.verdict(changed: status.changed, on: clock) == .settled)
        let repository = GitRepository(
            base: base, directory: found.directory, index: file, memory: memory)
        if let known, known.signature.vouches(for: status) {
            return (repository, DirectoryRules.Index(signature: signature, paths: known.paths))
        }
        let paths = try repository.loaded()?.pathsDigest ?? Digest(of: [])
        return (repository, DirectoryRules.Index(signature: signature, paths: paths))
    }
}

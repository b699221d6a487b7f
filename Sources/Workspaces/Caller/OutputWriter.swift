import Archives
import Linux
import Model
import SystemPackage

/// Copies what a lineage made into the caller's directory, with the caller's rights, and removes nothing else there.
///
/// A file or link appears under its name whole or not at all. Links in the caller's directory are never followed: where one
/// stands in the way, nothing is written.
package struct OutputWriter: Sendable {
    private let target: CallerDirectory

    package init(into target: CallerDirectory) { self.target = target }

    /// How many files are open at a time.
    private static let batch = 64

    /// - Parameter next: the next entry, nil at the end; called on threads that may block, with the daemon's rights.
    /// - Returns: how many files and links were written.
    /// - Throws: `output-failed`, naming the path; `cancelled` between two entries.
    @discardableResult
    package func write(_ next: @escaping @Sendable () throws -> OutputEntry?) async throws -> Int {
        let cancellation = Cancellation()
        return try await withTaskCancellationHandler {
            try await write(next, unless: cancellation)
        } onCancel: {
            cancellation.cancel()
        }
    }

    private func write(
        _ next: @escaping @Sendable () throws -> OutputEntry?, unless cancellation: Cancellation
    ) async throws -> Int {
        var written = 0
        while true {
            let entries = try await onBlockingThread {
                var entries: [OutputEntry] = []
                while entries.count < OutputWriter.batch, let entry = try next() { entries.append(entry) }
                return entries
            }
            if entries.isEmpty { return written }
            written += try await asPeer(target.identity) { [target] in
                var site = OutputSite(root: target.root)
                for entry in entries {
                    try cancellation.check()
                    try site.write(entry)
                }
                return entries.count { $0.content.isLeaf }
            }
        }
    }
}

/// Where outputs go: the directory the last one went to stays open. For the thread with the caller's rights.
private struct OutputSite {
    private var trail: DirectoryTrail

    init(root: SharedDirectory) { trail = DirectoryTrail(root: root) }

    mutating func write(_ entry: OutputEntry) throws(Failure) {
        do throws(Errno) {
            switch entry.content {
            case .directory: _ = try directory(entry.path.components[...])
            case .file, .link:
                let parent = try directory(entry.path.components.dropLast())
                try replace(entry, in: parent.directory)
            }
        } catch {
            throw OutputSite.failure(error, entry.path)
        }
    }

    private mutating func directory(_ names: ArraySlice<ArraySlice<UInt8>>) throws(Errno) -> SharedDirectory {
        let known = trail.names
        let common = zip(known, names).prefix { $0.elementsEqual($1) }.count
        while trail.depth > common { try trail.pop() }
        for name in names.dropFirst(common) {
            let name = Array(name)
            try trail.push(name, OutputSite.makeDirectory(name, in: trail.current.directory))
        }
        return trail.current
    }

    private static func makeDirectory(
        _ name: [UInt8], in parent: borrowing Directory
    ) throws(Errno) -> SharedDirectory {
        if try parent.statusIfPresent(name) == nil {
            do {
                try parent.createDirectory(name, mode: 0o755)
            } catch .fileExists {
                // The caller was faster.
            }
        }
        return SharedDirectory(try parent.openDirectory(name))
    }

    private func replace(_ entry: OutputEntry, in parent: borrowing Directory) throws(Errno) {
        let name = entry.path.name
        let temporary = ".varve-output-\(UInt64.random(in: 0...UInt64.max))"
        do {
            switch entry.content {
            case .directory: return
            case .link(let target): try parent.createLink(temporary, target: target)
            case .file(let source, let status):
                let copy = try parent.createFile(temporary)
                try copy.copyContents(of: source.descriptor, size: status.size)
                // What a step's root may do to itself, the caller's users may not.
                try copy.setMode(status.mode & 0o777)
                try copy.setModified(status.modified)
                try copy.close()
            }
            try parent.rename(temporary, as: name)
        } catch {
            try? parent.remove(temporary)
            throw error
        }
    }

    private static func failure(_ error: Errno, _ path: EntryPath) -> Failure {
        let fix =
            switch error {
            case .notDirectory, .tooManySymbolicLinkLevels, .isDirectory, .directoryNotEmpty, .fileExists:
                "move away what has the name of the output, or of a directory above it"
            case .permissionDenied, .notPermitted, .readOnlyFileSystem:
                "make the directory writable for the user who runs this"
            case _ where error.isOutOfSpace: "free space on the disk of the workspace"
            default: "check the disk of the workspace"
            }
        return Failure(.outputFailed, "the output \(path) can't be written: \(error)", fix: fix)
    }
}

extension OutputEntry.Content {
    fileprivate var isLeaf: Bool {
        if case .directory = self { return false }
        return true
    }
}

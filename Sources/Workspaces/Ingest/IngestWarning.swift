import Model

/// Something the owner of a workspace should know, though the revision was made.
package struct IngestWarning: Hashable, Sendable {
    package let code: String
    package let detail: String

    /// How many entries are named one by one.
    private static let named = 20

    static func leftOut(_ paths: [EntryPath]) -> [IngestWarning] {
        var warnings = paths.prefix(named).map {
            IngestWarning(
                code: "special-file-left-out", detail: "\($0) is a socket, device or FIFO and is left out")
        }
        if paths.count > named {
            warnings.append(
                IngestWarning(
                    code: "special-file-left-out",
                    detail: "\(paths.count - named) more sockets, devices and FIFOs are left out"))
        }
        return warnings
    }

    static func gitIndexUnreadable(_ path: [UInt8], _ error: any Error) -> IngestWarning {
        let place = path.isEmpty ? ".git" : EntryPath.printable(path) + "/.git"
        return IngestWarning(
            code: "git-index-unreadable",
            detail:
                "the index of \(place) can't be used (\(error)): tracked files that a pattern matches are left out"
        )
    }

    static func fileSystemLeftOut(_ path: [UInt8]) -> IngestWarning {
        IngestWarning(
            code: "file-system-left-out",
            detail: "\(EntryPath.printable(path)) is a mount of the kernel's own and is left out")
    }
}

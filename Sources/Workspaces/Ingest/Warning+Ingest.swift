import Model

/// What the owner of a workspace should know, though the revision was made.
extension Warning {
    /// How many entries are named one by one.
    private static let named = 20

    static func leftOut(_ paths: [EntryPath]) -> [Warning] {
        var warnings = paths.prefix(named).map {
            Warning(
                code: "special-file-left-out", detail: "\($0) is a socket, device or FIFO and is left out")
        }
        if paths.count > named {
            warnings.append(
                Warning(
                    code: "special-file-left-out",
                    detail: "\(paths.count - named) more sockets, devices and FIFOs are left out"))
        }
        return warnings
    }

    static func gitIndexUnreadable(_ path: [UInt8], _ error: any Error) -> Warning {
        let place = path.isEmpty ? ".git" : EntryPath.printable(path) + "/.git"
        return Warning(
            code: "git-index-unreadable",
            detail:
                "the index of \(place) can't be used (\(error)): tracked files that a pattern matches are left out"
        )
    }

    static func fileSystemLeftOut(_ path: [UInt8]) -> Warning {
        Warning(
            code: "file-system-left-out",
            detail: "\(EntryPath.printable(path)) is a mount of the kernel's own and is left out")
    }
}

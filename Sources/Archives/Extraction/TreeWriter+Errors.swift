import Linux
import Model
import SystemPackage

extension TreeWriter {
    /// Runs system calls on the entry at `path` and names it when one fails.
    func storing<T: ~Copyable>(
        _ path: EntryPath, _ body: () throws(Errno) -> T
    ) throws(Failure) -> T {
        try calling(body) { error in Failure.extraction(error, path) }
    }

    /// As `storing`, for an attribute: what fails then is mostly its value, not the disk.
    func settingAttribute(
        _ attribute: String, of path: EntryPath, _ body: () throws(Errno) -> Void
    ) throws(Failure) {
        do throws(Errno) {
            try body()
        } catch {
            if isFaultOfDisk(error) { throw Failure.extraction(error, path) }
            throw Failure.archive(
                "attribute ‘\(EntryPath.printable(Array(attribute.utf8)))’ of entry ‘\(path)’ "
                    + "can't be set: \(error)",
                fix: "make the archive without this attribute")
        }
    }

    /// ENOSPC is said of a full disk, and of an attribute that is longer than one file has room for.
    private func isFaultOfDisk(_ error: Errno) -> Bool {
        switch error {
        case .ioError, .readOnlyFileSystem, .diskQuotaExceeded: true
        case .noSpace: ((try? root.descriptor.fileSystemStatus().freeBytes) ?? 0) < 1 << 20
        default: false
        }
    }
}

extension Failure {
    /// What a failed system call on the entry at `path` means.
    static func extraction(_ error: Errno, _ path: EntryPath) -> Failure {
        switch error {
        case .fileNameTooLong, .invalidArgument, .notDirectory, .tooManySymbolicLinkLevels, .tooManyLinks:
            .archive("entry ‘\(path)’ can't be written: \(error)")
        default: .writing(error, "entry ‘\(path)’ can't be written")
        }
    }
}

package import Model

/// The rules by which a name in an archive becomes a place below the directory it is unpacked in.
package enum ArchivePath {
    /// The place `raw` stands for: leading slashes, `.` and doubled slashes count for nothing.
    ///
    /// - Throws: `archive-invalid` for `..` and NUL, `too-large` for what no file system holds.
    package static func resolve(
        _ raw: [UInt8], of name: @autoclosure () -> String, _ limits: ArchiveLimits
    ) throws(Failure) -> EntryPath {
        var joined: [UInt8] = []
        joined.reserveCapacity(raw.count)
        var depth = 0
        for component in raw.split(separator: UInt8(ascii: "/")) {
            if component.elementsEqual(".".utf8) { continue }
            if component.elementsEqual("..".utf8) || component.contains(0) {
                throw Failure.archive(
                    "entry ‘\(name())’ has a part ‘..’ in its path",
                    fix: "make the archive with paths that start at its top directory")
            }
            if depth > 0 { joined.append(UInt8(ascii: "/")) }
            joined.append(contentsOf: component)
            depth += 1
        }
        if joined.count > limits.pathBytes || depth > limits.depth {
            throw Failure(
                .tooLarge,
                "entry ‘\(name().prefix(120))…’ has a path of \(joined.count) bytes and \(depth) parts",
                fix: "keep paths to \(limits.pathBytes) bytes and \(limits.depth) parts")
        }
        return EntryPath(unchecked: joined)
    }
}

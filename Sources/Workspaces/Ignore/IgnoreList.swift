package import Model

/// The patterns of one file like `.gitignore`, or of a request: the last one that matches decides.
package struct IgnoreList: Sendable, Hashable {
    private let patterns: [IgnorePattern]
    /// Of its text.
    let bytes: Int

    package static let empty = IgnoreList(parsed: [], bytes: 0)

    /// What a file may have at most, so that a hostile one costs neither memory nor time.
    package static let mostBytes = 1 << 20
    static let mostPatterns = 20_000

    private init(parsed: [IgnorePattern], bytes: Int) {
        patterns = parsed
        self.bytes = bytes
    }

    package var isEmpty: Bool { patterns.isEmpty }

    /// Reads a whole file: lines end with `\n` or `\r\n`, the last one with `\r` as well; a UTF-8 byte order mark is skipped. Nil
    /// beyond `mostPatterns`.
    package init?(file: [UInt8]) {
        let text = file.starts(with: [0xEF, 0xBB, 0xBF]) ? file.dropFirst(3) : file[...]
        var patterns: [IgnorePattern] = []
        let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for line in lines {
            let content = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            if let pattern = IgnorePattern(line: content) { patterns.append(pattern) }
        }
        guard patterns.count <= IgnoreList.mostPatterns else { return nil }
        self.init(parsed: patterns, bytes: file.count)
    }

    /// Patterns of a request, one line each.
    package init(patterns lines: [String]) throws(Failure) {
        let bytes = lines.reduce(0) { $0 + $1.utf8.count }
        guard lines.count <= IgnoreList.mostPatterns, bytes <= IgnoreList.mostBytes else {
            throw Failure(
                .badRequest,
                "there are more than \(IgnoreList.mostPatterns) ignore patterns, or over 1 MiB of them",
                fix: "name directories instead of single files")
        }
        self.init(parsed: lines.compactMap { IgnorePattern(line: $0.utf8) }, bytes: bytes)
    }

    /// What a list says of a path.
    package enum Verdict: Sendable, Hashable {
        case ignored
        /// A negated pattern brings it back in.
        case included
    }

    /// - Parameters:
    ///   - path: relative to the directory the list belongs to.
    ///   - name: the last component of `path`.
    /// - Returns: nil where no pattern matches.
    package func verdict(
        on path: ArraySlice<UInt8>, name: ArraySlice<UInt8>, isDirectory: Bool
    ) -> Verdict? {
        for pattern in patterns.reversed() where pattern.matches(path, name: name, isDirectory: isDirectory) {
            return pattern.isNegated ? .included : .ignored
        }
        return nil
    }
}

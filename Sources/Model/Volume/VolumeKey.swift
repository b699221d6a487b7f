/// What a version of a volume is found by: text with `${{ hashFiles('GLOB', …) }}` in it, as actions/cache has it.
///
/// A key is equal to another one or it is not: only `restore_keys` are compared by prefix.
package struct VolumeKey: Hashable, Sendable, Codable {
    package enum Part: Hashable, Sendable, Codable {
        case text(String)
        /// 64 hex digits over path, mode and content of what the globs match in the run's revision; nothing if they
        /// match nothing.
        case hashFiles([PathGlob])
    }

    package let parts: [Part]

    /// Of a key with everything filled in, in bytes.
    package static let longest = 512
    private static let hashLength = 64

    package enum Problem: Error, Hashable, Sendable {
        case empty, tooLong, tooManyGlobs, control, unclosed
        case expression(String)
        case glob(String, PathGlob.Problem)

        package var sentence: String {
            switch self {
            case .empty: "a key must not be empty"
            case .tooLong: "a key has at most \(VolumeKey.longest) bytes, 64 for each hashFiles"
            case .tooManyGlobs: "a hashFiles has at most \(PathGlob.mostInList) path patterns"
            case .control: "a key must not contain control characters"
            case .unclosed: "a ‘${{’ in a key has no closing ‘}}’"
            case .expression(let text): "‘${{ \(text) }}’ is no expression that a key can have"
            case .glob(let glob, let problem): "‘\(glob)’: \(problem.sentence)"
            }
        }
    }

    package init(_ written: String) throws(Problem) {
        var parts: [Part] = []
        var rest = written[...]
        while let start = rest.firstRange(of: "${{") {
            if start.lowerBound > rest.startIndex { parts.append(.text(String(rest[..<start.lowerBound]))) }
            let behind = rest[start.upperBound...]
            guard let end = behind.firstRange(of: "}}") else { throw .unclosed }
            parts.append(.hashFiles(try Self.globs(behind[..<end.lowerBound])))
            rest = behind[end.upperBound...]
        }
        if !rest.isEmpty { parts.append(.text(String(rest))) }
        guard !parts.isEmpty else { throw .empty }
        var length = 0
        for part in parts {
            switch part {
            case .text(let text):
                guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { throw .control }
                length += text.utf8.count
            case .hashFiles: length += Self.hashLength
            }
        }
        guard length <= Self.longest else { throw .tooLong }
        self.parts = parts
    }

    /// The arguments of `hashFiles(…)`, in single or double quotes.
    private static func globs(_ expression: Substring) throws(Problem) -> [PathGlob] {
        func isSpace(_ character: Character) -> Bool { character == " " || character == "\t" }
        var text = expression.drop(while: isSpace)
        while let last = text.last, isSpace(last) { text.removeLast() }
        let problem = Problem.expression(String(text.prefix(80)))
        guard text.hasPrefix("hashFiles("), text.hasSuffix(")") else { throw problem }
        var rest = text.dropFirst("hashFiles(".count).dropLast()
        var globs: [PathGlob] = []
        while true {
            rest = rest.drop(while: isSpace)
            guard let quote = rest.popFirst(), quote == "'" || quote == "\"",
                let end = rest.firstIndex(of: quote)
            else { throw problem }
            guard globs.count < PathGlob.mostInList else { throw .tooManyGlobs }
            let glob = String(rest[..<end])
            do {
                globs.append(try PathGlob(glob))
            } catch {
                throw .glob(glob, error)
            }
            rest = rest[end...].dropFirst().drop(while: isSpace)
            guard let next = rest.popFirst() else { return globs }
            guard next == "," else { throw problem }
        }
    }

    package var needsRevision: Bool { !patternLists.isEmpty }

    /// What each `hashFiles` names.
    package var patternLists: [[PathGlob]] {
        parts.compactMap { if case .hashFiles(let globs) = $0 { globs } else { nil } }
    }

    /// Whether a prefix made of it ends inside a word: `node-1` is the beginning of `node-10` too.
    package var endsInsideWord: Bool {
        guard case .text(let text)? = parts.last, let last = text.unicodeScalars.last else { return false }
        return last.properties.isAlphabetic || last.properties.numericType != nil
    }

    /// The key on a revision, and the globs that match nothing there.
    package func resolved(on revision: PatternDigests?) -> (text: String, unmatched: [PathGlob]) {
        var text = ""
        var unmatched: [PathGlob] = []
        for part in parts {
            switch part {
            case .text(let written): text += written
            case .hashFiles(let globs):
                guard let found = revision?.digest(matching: globs) else { continue }
                unmatched += found.unmatched
                if found.unmatched.count < Set(globs).count { text += found.digest.hex }
            }
        }
        return (text, unmatched)
    }
}

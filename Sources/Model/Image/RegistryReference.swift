/// An image in a registry, by its full name: `ubuntu:24.04` is `docker.io/library/ubuntu:24.04`.
///
/// The grammar is that of the distribution project's `reference` package, which container engines share.
package struct RegistryReference: Hashable, Sendable {
    /// Host and port.
    package let registry: String
    /// `library/ubuntu`.
    package let repository: String
    /// Nil if there is a digest, which says more.
    package let tag: String?
    /// `sha256:` and 64 hex digits.
    package let digest: String?

    /// - Throws: `bad-name`.
    package init(_ text: String) throws(Failure) {
        func invalid(_ reason: String) -> Failure {
            Failure(
                .badName,
                "‘\(EntryPath.printable(Array(text.utf8.prefix(300))))’ names no registry's image: \(reason)",
                fix: "write it as [HOST[:PORT]/]NAME[:TAG][@sha256:DIGEST], the name in lower case")
        }
        var rest = Substring(text)
        digest = try RegistryReference.takeDigest(from: &rest, invalid)
        var registry = "docker.io"
        if let slash = rest.firstIndex(of: "/"), RegistryReference.isHost(rest[..<slash]) {
            registry = String(rest[..<slash])
            rest = rest[rest.index(after: slash)...]
            guard RegistryReference.isValidHost(registry) else { throw invalid("the host is none") }
        }
        var tag: String?
        if let colon = rest.lastIndex(of: ":") {
            tag = String(rest[rest.index(after: colon)...])
            rest = rest[..<colon]
            guard let tag, RegistryReference.isTag(tag) else { throw invalid("the tag is none") }
        }
        guard !rest.isEmpty, rest.utf8.count <= 255,
            rest.split(separator: "/", omittingEmptySubsequences: false).allSatisfy(
                RegistryReference.isComponent)
        else { throw invalid("the name has characters or parts it can't have") }
        if registry == "index.docker.io" || registry == "registry-1.docker.io" { registry = "docker.io" }
        let isShort = registry == "docker.io" && !rest.contains("/")
        self.registry = registry
        repository = (isShort ? "library/" : "") + rest
        self.tag = digest == nil ? tag ?? "latest" : nil
    }

    /// The registry is on this machine, and need not have a certificate.
    package var isLoopback: Bool {
        let host: Substring
        if registry.hasPrefix("[") {
            host = registry.dropFirst().prefix { $0 != "]" }
        } else {
            host = registry.prefix { $0 != ":" }
        }
        if host == "localhost" || host == "::1" { return true }
        let numbers = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        return numbers.count == 4 && numbers[0] == 127 && !numbers.contains(nil)
    }

    // MARK: Grammar

    private static func takeDigest(
        from rest: inout Substring, _ invalid: (String) -> Failure
    ) throws(Failure) -> String? {
        guard let at = rest.firstIndex(of: "@") else { return nil }
        let digest = rest[rest.index(after: at)...]
        rest = rest[..<at]
        guard digest.hasPrefix("sha256:"), let value = Digest(hex: digest.dropFirst(7).lowercased()) else {
            throw invalid("the digest is not sha256 and 64 hex digits")
        }
        return "sha256:\(value.hex)"
    }

    /// What is told from a name's first part by a dot, a port, or being `localhost`.
    private static func isHost(_ part: Substring) -> Bool {
        part.contains(".") || part.contains(":") || part == "localhost"
    }

    private static func isValidHost(_ host: String) -> Bool {
        var name = Substring(host)
        if name.hasPrefix("["), let end = name.firstIndex(of: "]") {
            let address = name[name.index(after: name.startIndex)..<end]
            let isAddress = address.utf8.allSatisfy { isHexDigit($0) || $0 == UInt8(ascii: ":") }
            let rest = name[name.index(after: end)...]
            return !address.isEmpty && isAddress
                && (rest.isEmpty || rest.first == ":" && isPort(rest.dropFirst()))
        }
        if let colon = name.firstIndex(of: ":") {
            guard isPort(name[name.index(after: colon)...]) else { return false }
            name = name[..<colon]
        }
        return name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            !label.isEmpty && label.first != "-" && label.last != "-"
                && label.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
        }
    }

    private static func isPort(_ text: Substring) -> Bool {
        text.utf8.allSatisfy { (48...57).contains($0) } && UInt16(text) != nil
    }

    private static func isTag(_ tag: String) -> Bool {
        guard let first = tag.utf8.first, tag.utf8.count <= 128 else { return false }
        return first != UInt8(ascii: ".") && first != UInt8(ascii: "-")
            && tag.utf8.allSatisfy {
                isAlphanumeric($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".")
                    || $0 == UInt8(ascii: "-")
            }
    }

    /// Lower-case letters and digits, with one `.`, one or two `_`, or any number of `-` between them.
    private static func isComponent(_ component: Substring) -> Bool {
        var separator: [UInt8] = []
        var hasWord = false
        for byte in component.utf8 {
            if (97...122).contains(byte) || (48...57).contains(byte) {
                if !separator.isEmpty && (!hasWord || !isSeparator(separator)) { return false }
                separator = []
                hasWord = true
            } else {
                separator.append(byte)
            }
        }
        return hasWord && separator.isEmpty
    }

    private static func isSeparator(_ bytes: [UInt8]) -> Bool {
        bytes.elementsEqual(".".utf8) || bytes.elementsEqual("_".utf8) || bytes.elementsEqual("__".utf8)
            || bytes.allSatisfy { $0 == UInt8(ascii: "-") }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...70).contains(byte) || (97...102).contains(byte)
    }
}

extension RegistryReference: CustomStringConvertible {
    /// The full name, as skopeo takes it behind `docker://`.
    package var description: String {
        registry + "/" + repository + (tag.map { ":" + $0 } ?? "") + (digest.map { "@" + $0 } ?? "")
    }
}

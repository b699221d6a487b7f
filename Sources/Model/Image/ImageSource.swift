/// Where an image is to come from, as it is written on the command line and in requests.
///
/// Paths are what the caller means by them; whoever opens them does so in the caller's view.
package enum ImageSource: Hashable, Sendable {
    /// A root file system in a directory.
    case directory(path: String)
    /// `oci:PATH[:TAG]`: a directory laid out as the OCI image layout specification says.
    case ociLayout(path: String, tag: String?)
    /// `docker-archive:PATH`: what `docker save` writes.
    case dockerArchive(path: String)
    /// `docker://REF`: an image in a registry.
    case registry(RegistryReference)
    /// `-`: a tar stream of a root file system.
    case stream

    /// - Throws: `bad-request` for none of these, `bad-name` for a reference that is none.
    package init(_ text: String) throws(Failure) {
        if text == "-" {
            self = .stream
        } else if let reference = text.dropping(prefix: "docker://") {
            self = .registry(try RegistryReference(reference))
        } else if let path = text.dropping(prefix: "docker-archive:") {
            self = .dockerArchive(path: try ImageSource.path(path, in: text))
        } else if let layout = text.dropping(prefix: "oci:") {
            // As skopeo reads it: a path here has no colon, a tag may have some.
            let parts = layout.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let tag = parts.count > 1 && !parts[1].isEmpty ? String(parts[1]) : nil
            self = .ociLayout(path: try ImageSource.path(String(parts[0]), in: text), tag: tag)
        } else if let scheme = ImageSource.scheme(of: text) {
            throw Failure(
                .badRequest, "an image can't come from ‘\(scheme):’", fix: ImageSource.remedy)
        } else {
            self = .directory(path: try ImageSource.path(text, in: text))
        }
    }

    private static let remedy =
        "give a directory, oci:PATH[:TAG], docker-archive:PATH, docker://REFERENCE, or - for a tar stream"

    private static func path(_ path: String, in text: String) throws(Failure) -> String {
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw Failure(
                .badRequest, "the image source ‘\(EntryPath.printable(Array(text.utf8)))’ has no path",
                fix: remedy)
        }
        return path
    }

    /// What stands before a colon and looks like a transport's name, as `docker-daemon:` and `https:` do.
    private static func scheme(of text: String) -> String? {
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")), colon != text.startIndex else {
            return nil
        }
        let name = text[..<colon]
        let isWord = name.utf8.allSatisfy { (97...122).contains($0) || $0 == UInt8(ascii: "-") }
        return isWord ? String(name) : nil
    }
}

extension ImageSource: CustomStringConvertible {
    /// As it is written, the registry's image by its full name.
    package var description: String {
        switch self {
        case .directory(let path): path
        case .ociLayout(let path, let tag): "oci:\(path)" + (tag.map { ":" + $0 } ?? "")
        case .dockerArchive(let path): "docker-archive:\(path)"
        case .registry(let reference): "docker://\(reference)"
        case .stream: "-"
        }
    }
}

extension String {
    /// The rest, if this begins with `prefix`.
    fileprivate func dropping(prefix: String) -> String? {
        hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
    }
}

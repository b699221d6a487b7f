import Model

/// What skopeo's last words mean to whoever wanted the image.
struct PullFailure {
    let reference: RegistryReference

    /// `image-pull-failed` with skopeo's own words and what to do about them.
    func failure(saying text: String) -> Failure {
        let reason = PullFailure.reason(in: text)
        return Failure(.imagePullFailed, "\(reference) can't be fetched: \(reason)", fix: remedy(for: reason))
    }

    var timedOut: Failure {
        Failure(
            .imagePullFailed, "\(reference) was not fetched in time",
            fix: "try again when the network is faster, or bring the image by a file: \(importHint)")
    }

    var programMissing: Failure {
        Failure(
            .imagePullFailed, "\(reference) can't be fetched: there is no skopeo on this machine",
            fix: "install it (apt-get install skopeo), or bring the image by a file: \(importHint)")
    }

    /// Names as steps write them, not as registries know them.
    private var importHint: String {
        var name = reference.repository
        if reference.registry == "docker.io" {
            if name.hasPrefix("library/") { name.removeFirst("library/".count) }
        } else {
            name = reference.registry + "/" + name
        }
        return "varve image import \(name)\(reference.tag.map { ":" + $0 } ?? "") docker-archive:FILE"
    }

    /// The last error among skopeo's lines, its log's frame taken off.
    static func reason(in text: String) -> String {
        let lines = text.split(whereSeparator: \.isNewline)
        let line = lines.last { $0.contains("level=fatal") } ?? lines.last ?? "skopeo gave no reason"
        guard let start = line.firstRange(of: "msg=\"") else { return String(line.prefix(1000)) }
        var message = line[start.upperBound...]
        if message.last == "\"" { message.removeLast() }
        return String(message.replacing("\\\"", with: "\"").prefix(1000))
    }

    private func remedy(for reason: String) -> String {
        let reason = reason.lowercased()
        func says(_ words: String...) -> Bool { words.contains { reason.contains($0) } }
        if says("toomanyrequests", "too many requests", "rate limit") {
            return "wait, log in with ‘skopeo login \(reference.registry)’, "
                + "or bring it by a file: \(importHint)"
        }
        if says("unauthorized", "authentication required", "denied", "invalid username", "forbidden") {
            return "check the name; if it is private, log in as the daemon's user: "
                + "skopeo login \(reference.registry)"
        }
        if says("manifest unknown", "not found", "name unknown", "name_unknown") {
            return "check the name and the tag: the registry has no such image"
        }
        if says("no image found in manifest list", "no image found in image index", "architecture") {
            return "choose an image that is built for this machine"
        }
        if says("x509", "certificate", "tls:", "http response to https client") {
            return "give the registry a certificate this machine trusts "
                + "(/etc/containers/certs.d/\(reference.registry))"
        }
        if says("policy") {
            return "check /etc/containers/policy.json, which says which images are accepted"
        }
        if says("no space left") { return "free space on the store's file system" }
        return "check the network and the registry's name, or bring the image by a file: \(importHint)"
    }
}

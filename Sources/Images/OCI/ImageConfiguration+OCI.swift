import Model

extension ImageConfiguration {
    /// What steps use of an image's own configuration.
    ///
    /// - Throws: `image-invalid` when it was built for another platform.
    init(_ configuration: OCIConfiguration, for host: ImagePlatform) throws(Failure) {
        let platform = ImagePlatform(system: configuration.os, architecture: configuration.architecture)
        guard platform == host else {
            throw Failure.image(
                "the image is for \(platform), this machine is \(host)",
                fix: "import the image built for \(host)")
        }
        var environment: [String: String] = [:]
        for entry in configuration.config?.environment ?? [] {
            // The last of a name counts; what has no value is no variable.
            guard let sign = entry.firstIndex(of: "="), sign != entry.startIndex else { continue }
            environment[String(entry[..<sign])] = String(entry[entry.index(after: sign)...])
        }
        let user = configuration.config?.user ?? ""
        self.init(
            environment: environment, user: user.isEmpty ? nil : user, platform: platform.description,
            labels: configuration.config?.labels ?? [:])
    }
}

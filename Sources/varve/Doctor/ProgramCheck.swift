import API
import Linux

/// Whether programs that are run are there.
struct ProgramCheck: Check {
    let name: String
    /// A name found in PATH, or a path.
    let program: String
    /// What does not work without.
    let purpose: String
    let isNeeded: Bool
    /// The Debian package to install.
    let package: String
    var searchPath = ProgramSearch.ownSearchPath

    /// - Parameter host: what a daemon says it uses; its defaults where none answers.
    static func all(for host: [String: String] = [:]) -> [ProgramCheck] {
        [
            ProgramCheck(
                name: "runtime", program: host["runtime"] ?? "crun", purpose: "no step can run",
                isNeeded: true, package: "crun"),
            ProgramCheck(
                name: "network", program: host["network_helper"] ?? "slirp4netns",
                purpose: "steps with a private network cannot run",
                isNeeded: true, package: "slirp4netns"),
            ProgramCheck(
                name: "registry", program: "skopeo", purpose: "images cannot be pulled", isNeeded: false,
                package: "skopeo"),
        ]
    }

    func findings() async -> [Wire.Finding] {
        if let path = ProgramSearch.path(of: program, searchPath: searchPath) { return fine(path) }
        let detail = "\(program) is not installed: \(purpose)"
        let fix =
            program == package
            ? "apt-get install \(package)"
            : "install it, or name another in the daemon's configuration; the usual one is \(package)"
        return isNeeded ? failure(detail, fix: fix) : warning(detail, fix: fix)
    }
}
